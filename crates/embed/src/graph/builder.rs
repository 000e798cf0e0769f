//! Writes nodes and initializers one after the other; every value gets a name of its own.

use crate::onnx::{
    AttributeProto, Dimension, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto, ValueInfoProto, data_type,
};
use crate::weights::Tensor;

/// The first operator set with `Gelu`.
const OPERATOR_SET: i64 = 20;
/// The IR version that goes with it.
const IR_VERSION: i64 = 9;

/// The name of a value in the graph.
pub(super) type Value = String;

/// A graph in the making.
#[derive(Debug)]
pub(super) struct GraphBuilder<'weights> {
    weights_name: &'weights str,
    graph: GraphProto,
}

impl<'weights> GraphBuilder<'weights> {
    /// An empty graph whose weights are in the file of this name.
    pub(super) fn new(weights_name: &'weights str) -> Self {
        Self { weights_name, graph: GraphProto { name: "encoder".to_owned(), ..GraphProto::default() } }
    }

    /// Declares an input of whole numbers.
    pub(super) fn input(&mut self, name: &str, dimensions: &[Dimension]) -> Value {
        self.graph.input.push(ValueInfoProto::tensor(name, data_type::INT64, dimensions));
        name.to_owned()
    }

    /// Points at a tensor in the weights. Half-precision numbers are widened once, when the graph is loaded.
    pub(super) fn weight(&mut self, tensor: &Tensor) -> Value {
        let dims = tensor.shape.iter().map(|size| *size as i64).collect();
        let initializer = TensorProto::external(&tensor.name, tensor.data_type, dims, self.weights_name, tensor.offset, tensor.length);
        self.graph.initializer.push(initializer);
        if tensor.data_type == data_type::FLOAT {
            return tensor.name.clone();
        }
        self.cast(&tensor.name)
    }

    /// Adds a list of whole numbers under a name.
    pub(super) fn list(&mut self, name: &str, values: &[i64]) -> Value {
        self.constant(TensorProto::int64s(name, values))
    }

    /// Adds a small tensor.
    pub(super) fn constant(&mut self, tensor: TensorProto) -> Value {
        let name = tensor.name.clone();
        self.graph.initializer.push(tensor);
        name
    }

    /// Converts to 32-bit real numbers.
    pub(super) fn cast(&mut self, value: &str) -> Value {
        self.node("Cast", &[value], vec![AttributeProto::int("to", i64::from(data_type::FLOAT))])
    }

    /// Adds an operator without attributes.
    pub(super) fn apply(&mut self, operator: &str, inputs: &[&str]) -> Value {
        self.node(operator, inputs, Vec::new())
    }

    /// Adds an operator.
    pub(super) fn node(&mut self, operator: &str, inputs: &[&str], attribute: Vec<AttributeProto>) -> Value {
        let output = format!("{}_{}", operator.to_lowercase(), self.graph.node.len());
        self.push(operator, inputs, &output, attribute);
        output
    }

    /// Gives a value the name under which it leaves the graph, and ends it.
    pub(super) fn finish(mut self, value: &str, name: &str, dimensions: &[Dimension]) -> ModelProto {
        self.push("Identity", &[value], name, Vec::new());
        self.graph.output.push(ValueInfoProto::tensor(name, data_type::FLOAT, dimensions));
        ModelProto {
            ir_version: IR_VERSION,
            producer_name: "ragstone".to_owned(),
            graph: Some(self.graph),
            opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: OPERATOR_SET }],
        }
    }

    fn push(&mut self, operator: &str, inputs: &[&str], output: &str, attribute: Vec<AttributeProto>) {
        self.graph.node.push(NodeProto {
            input: inputs.iter().map(|input| (*input).to_owned()).collect(),
            output: vec![output.to_owned()],
            name: format!("{output}_node"),
            op_type: operator.to_owned(),
            attribute,
        });
    }
}
