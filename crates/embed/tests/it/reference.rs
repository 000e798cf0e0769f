//! A forward pass written for clarity, in 64-bit arithmetic, to compare generated graphs with.

use crate::small_model::{Family, SmallModel};

/// What the model's vector of these tokens should be.
pub(crate) fn vector(model: &SmallModel, ids: &[usize]) -> Vec<f32> {
    let hidden = hidden(model, ids, &vec![0; ids.len()]);
    let pooled: Vec<f64> = match model.cls_pooling {
        true => hidden[0].clone(),
        false => (0..model.hidden).map(|column| hidden.iter().map(|row| row[column]).sum::<f64>() / hidden.len() as f64).collect(),
    };
    let length = pooled.iter().map(|number| number * number).sum::<f64>().sqrt();
    pooled.iter().map(|number| (number / length) as f32).collect()
}

/// What the model, as a cross-encoder, should say of these tokens; `query` of them are the first text.
pub(crate) fn score(model: &SmallModel, ids: &[usize], query: usize) -> f32 {
    let is_bert = model.family == Family::Bert;
    let segments: Vec<usize> = (0..ids.len()).map(|position| usize::from(is_bert && position >= query)).collect();
    let first = vec![hidden(model, ids, &segments)[0].clone()];
    let (dense, last) = if is_bert { ("pooler.dense", "classifier") } else { ("classifier.dense", "classifier.out_proj") };
    let mut activated = linear(model, dense, &first);
    activated.iter_mut().flatten().for_each(|number| *number = number.tanh());
    linear(model, last, &activated)[0][0] as f32
}

/// What the last layer makes of each token.
fn hidden(model: &SmallModel, ids: &[usize], segments: &[usize]) -> Vec<Vec<f64>> {
    let first_position = if model.family == Family::Roberta { 2 } else { 0 };
    let mut hidden: Vec<Vec<f64>> = Vec::new();
    for (position, id) in ids.iter().enumerate() {
        let segment = model.row("embeddings.token_type_embeddings.weight", segments[position]);
        let word = model.row("embeddings.word_embeddings.weight", *id);
        let place = model.row("embeddings.position_embeddings.weight", first_position + position);
        hidden.push(word.iter().zip(&place).zip(&segment).map(|((word, place), segment)| word + place + segment).collect());
    }
    normalise(model, "embeddings.LayerNorm", &mut hidden);
    for layer in 0..model.layers {
        let name = format!("encoder.layer.{layer}");
        let context = attention(model, &format!("{name}.attention.self"), &hidden);
        let attended = linear(model, &format!("{name}.attention.output.dense"), &context);
        hidden = add(&attended, &hidden);
        normalise(model, &format!("{name}.attention.output.LayerNorm"), &mut hidden);
        let mut wide = linear(model, &format!("{name}.intermediate.dense"), &hidden);
        wide.iter_mut().flatten().for_each(|number| *number = activate(model.activation, *number));
        hidden = add(&linear(model, &format!("{name}.output.dense"), &wide), &hidden);
        normalise(model, &format!("{name}.output.LayerNorm"), &mut hidden);
    }
    hidden
}

fn attention(model: &SmallModel, name: &str, hidden: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let [query, key, value] = ["query", "key", "value"].map(|part| linear(model, &format!("{name}.{part}"), hidden));
    let size = model.hidden / model.heads;
    let mut context = vec![vec![0.0; model.hidden]; hidden.len()];
    for head in 0..model.heads {
        let columns = head * size..(head + 1) * size;
        for (row, query) in query.iter().enumerate() {
            let score = |key: &Vec<f64>| columns.clone().map(|column| query[column] * key[column]).sum::<f64>() / (size as f64).sqrt();
            let shares: Vec<f64> = key.iter().map(|key| score(key).exp()).collect();
            let all: f64 = shares.iter().sum();
            for column in columns.clone() {
                context[row][column] = shares.iter().zip(&value).map(|(share, value)| share / all * value[column]).sum();
            }
        }
    }
    context
}

fn linear(model: &SmallModel, name: &str, rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let bias = model.row(&format!("{name}.bias"), 0);
    let weight: Vec<Vec<f64>> = (0..bias.len()).map(|output| model.row(&format!("{name}.weight"), output)).collect();
    let output = |row: &Vec<f64>| weight.iter().zip(&bias).map(|(weight, bias)| bias + dot(weight, row)).collect();
    rows.iter().map(output).collect()
}

fn normalise(model: &SmallModel, name: &str, rows: &mut [Vec<f64>]) {
    let (scale, bias) = (model.row(&format!("{name}.weight"), 0), model.row(&format!("{name}.bias"), 0));
    for row in rows {
        let mean = row.iter().sum::<f64>() / row.len() as f64;
        let variance = row.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / row.len() as f64;
        for (column, number) in row.iter_mut().enumerate() {
            *number = (*number - mean) / (variance + 1e-12).sqrt() * scale[column] + bias[column];
        }
    }
}

fn activate(activation: &str, number: f64) -> f64 {
    match activation {
        "relu" => number.max(0.0),
        "gelu_new" => 0.5 * number * (1.0 + ((2.0 / std::f64::consts::PI).sqrt() * (number + 0.044_715 * number.powi(3))).tanh()),
        _ => 0.5 * number * (1.0 + error_function(number / std::f64::consts::SQRT_2)),
    }
}

/// By its series; exact to 1e-12 for the small arguments that occur here.
fn error_function(number: f64) -> f64 {
    if number.abs() > 5.0 {
        return number.signum();
    }
    let (mut term, mut sum) = (number, number);
    for step in 1..200 {
        let step = f64::from(step);
        term *= -number * number / step;
        sum += term / (2.0 * step + 1.0);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

fn add(first: &[Vec<f64>], second: &[Vec<f64>]) -> Vec<Vec<f64>> {
    first.iter().zip(second).map(|(first, second)| first.iter().zip(second).map(|(first, second)| first + second).collect()).collect()
}

fn dot(first: &[f64], second: &[f64]) -> f64 {
    first.iter().zip(second).map(|(first, second)| first * second).sum()
}
