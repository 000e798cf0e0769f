//! A model's numbers, in the safetensors format.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::{Array1, Array2};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

use crate::model::{LinearModel, Model, Neighbours, Targets};
use crate::{Classifier, ClassifierHead, ClassifyError, Method};

const LINEAR: &str = "weights";
const INTERCEPT: &str = "intercept";
const EXAMPLES: &str = "examples";
/// Label and example alternate.
const MEMBERSHIPS: &str = "memberships";

pub(super) fn to_bytes(classifier: &Classifier) -> Result<Vec<u8>, ClassifyError> {
    let tensors: BTreeMap<&str, (Vec<usize>, Vec<u8>, Dtype)> = match &classifier.model {
        Model::Linear(model) => BTreeMap::from([
            (LINEAR, (model.weights.shape().to_vec(), floats(model.weights.iter()), Dtype::F32)),
            (INTERCEPT, (model.intercept.shape().to_vec(), floats(model.intercept.iter()), Dtype::F32)),
        ]),
        Model::Neighbours(model) => {
            let pairs: Vec<u8> = memberships(&model.targets).into_iter().flat_map(u32::to_le_bytes).collect();
            BTreeMap::from([
                (EXAMPLES, (model.examples.shape().to_vec(), floats(model.examples.iter()), Dtype::F32)),
                (MEMBERSHIPS, (vec![pairs.len() / 4], pairs, Dtype::U32)),
            ])
        }
    };
    let unfit = |error: safetensors::SafeTensorError| ClassifyError::Diverged { reason: error.to_string() };
    let mut views = Vec::new();
    for (name, (shape, bytes, dtype)) in &tensors {
        views.push((*name, TensorView::new(*dtype, shape.clone(), bytes).map_err(unfit)?));
    }
    serialize(views, None).map_err(unfit)
}

pub(super) fn from_bytes(path: &Path, bytes: &[u8], head: ClassifierHead) -> Result<Classifier, ClassifyError> {
    let damaged = |problem| ClassifyError::Damaged { path: path.to_owned(), problem };
    let tensors =
        SafeTensors::deserialize(bytes).map_err(|source| ClassifyError::Unparsable { path: path.to_owned(), source: source.into() })?;
    let tensor = |name: &str| tensors.tensor(name).map_err(|_| damaged("a tensor is missing"));
    let matrix = |name: &str| {
        let tensor = tensor(name)?;
        let [rows, columns] = tensor.shape() else { return Err(damaged("a tensor has another shape")) };
        Array2::from_shape_vec((*rows, *columns), numbers(tensor.data())).map_err(|_| damaged("a tensor has another length"))
    };
    let labels = head.labels.len();
    let model = match head.method {
        Method::Neighbours => {
            let examples = matrix(EXAMPLES)?;
            let pairs: Vec<u32> = tensor(MEMBERSHIPS)?.data().chunks_exact(4).map(word).map(u32::from_le_bytes).collect();
            let mut rows = vec![Vec::new(); examples.nrows()];
            for (label, example) in pairs.iter().zip(pairs.iter().skip(1)).step_by(2) {
                let known = rows.get_mut(*example as usize).filter(|_| (*label as usize) < labels);
                known.ok_or_else(|| damaged("a label or an example is missing"))?.push(*label as usize);
            }
            Model::Neighbours(Neighbours { examples, targets: Targets { rows, labels, task: head.task } })
        }
        _ => {
            let (weights, intercept) = (matrix(LINEAR)?, Array1::from_vec(numbers(tensor(INTERCEPT)?.data())));
            if weights.ncols() != labels || intercept.len() != labels {
                return Err(damaged("it has another number of labels"));
            }
            Model::Linear(LinearModel { weights, intercept })
        }
    };
    Ok(Classifier { head, model })
}

fn memberships(targets: &Targets) -> Vec<u32> {
    let mut pairs = Vec::new();
    for (example, labels) in targets.rows.iter().enumerate() {
        for label in labels {
            pairs.extend([u32::try_from(*label).unwrap_or(u32::MAX), u32::try_from(example).unwrap_or(u32::MAX)]);
        }
    }
    pairs
}

fn floats<'numbers>(numbers: impl Iterator<Item = &'numbers f32>) -> Vec<u8> {
    numbers.flat_map(|number| number.to_le_bytes()).collect()
}

fn numbers(bytes: &[u8]) -> Vec<f32> {
    bytes.chunks_exact(4).map(word).map(f32::from_le_bytes).collect()
}

/// Four bytes of a slice that has four.
fn word(bytes: &[u8]) -> [u8; 4] {
    bytes.try_into().unwrap_or_default()
}
