//! Groups in texts that nobody has labelled yet, named by the words that set them apart.

mod k_means;
mod naming;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::ClassifyError;
use k_means::{Clustering, k_means};

/// How texts are grouped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DiscoverOptions {
    /// Into how many groups; without it, as many as stand apart most clearly.
    pub groups: Option<usize>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Discovered {
    /// The groups, largest first.
    pub groups: Vec<Group>,
    /// The group of each text, by its place in `groups`.
    pub group_of: Vec<usize>,
    /// How clearly they stand apart, from -1 to 1: the mean simplified silhouette.
    pub clarity: f32,
}

/// Texts that are about the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Group {
    /// The words that set it apart, joined: a label to start from.
    pub name: String,
    /// The same words, most distinctive first.
    pub words: Vec<String>,
    /// How many texts.
    pub size: usize,
    /// The most typical ones.
    pub examples: Vec<String>,
}

/// Numbers of groups that are tried where none is asked for.
const SIZES: [usize; 10] = [2, 3, 5, 8, 12, 18, 27, 40, 60, 90];

/// A group of fewer texts than this, on average, is no group.
const FEWEST_A_GROUP: usize = 5;

const EXAMPLES: usize = 5;

/// Groups texts by their embeddings.
pub fn discover(texts: &[String], dense: &Array2<f32>, options: &DiscoverOptions) -> Result<Discovered, ClassifyError> {
    let too_few = |groups| ClassifyError::TooFewTexts { texts: texts.len(), groups };
    let clustering = match options.groups {
        Some(groups) if groups < 2 || groups > texts.len() => return Err(too_few(groups)),
        Some(groups) => k_means(dense, groups),
        None => {
            let affordable = SIZES.iter().filter(|size| **size * FEWEST_A_GROUP <= texts.len());
            let clusterings = affordable.map(|size| k_means(dense, *size));
            clusterings.max_by(|left, right| left.clarity.total_cmp(&right.clarity)).ok_or_else(|| too_few(2))?
        }
    };
    Ok(described(texts, dense, &clustering))
}

fn described(texts: &[String], dense: &Array2<f32>, clustering: &Clustering) -> Discovered {
    let number = clustering.centres.nrows();
    let mut sizes: Vec<(usize, usize)> = (0..number).map(|group| (clustering.members(group).count(), group)).collect();
    sizes.retain(|(size, _)| *size > 0);
    sizes.sort_by(|left, right| right.0.cmp(&left.0).then(left.1.cmp(&right.1)));
    let words = naming::distinctive_words(texts, &clustering.group_of, number);
    let mut place_of = vec![0; number];
    let mut groups: Vec<Group> = Vec::with_capacity(sizes.len());
    for (place, (size, group)) in sizes.iter().enumerate() {
        if let Some(of) = place_of.get_mut(*group) {
            *of = place;
        }
        let words = words.get(*group).cloned().unwrap_or_default();
        let name = unused(&groups, &words, place);
        let centre = clustering.centres.row(*group);
        let mut members: Vec<(usize, f32)> = clustering.members(*group).map(|row| (row, dense.row(row).dot(&centre))).collect();
        members.sort_by(|left, right| right.1.total_cmp(&left.1));
        let examples = members.iter().take(EXAMPLES).filter_map(|(row, _)| texts.get(*row).cloned()).collect();
        groups.push(Group { name, words, size: *size, examples });
    }
    let group_of = clustering.group_of.iter().map(|group| place_of.get(*group).copied().unwrap_or_default()).collect();
    Discovered { groups, group_of, clarity: clustering.clarity }
}

/// A name that no other group has.
fn unused(groups: &[Group], words: &[String], place: usize) -> String {
    let first: Vec<&str> = words.iter().take(3).map(String::as_str).collect();
    let name = if first.is_empty() { format!("group_{}", place + 1) } else { first.join("_") };
    if groups.iter().any(|group| group.name == name) { format!("{name}_{}", place + 1) } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folds::shuffled;

    /// Three topics, each in its own direction.
    fn topics() -> (Vec<String>, Array2<f32>) {
        let words = ["refund money back", "parcel delivery late", "password login reset"];
        let texts = (0..60).map(|number| format!("{} {number}", words[number % 3])).collect();
        let mut dense = Array2::from_shape_fn((60, 8), |(row, column)| match column == row % 3 {
            true => 1.0,
            false => 0.003 * (shuffled(&format!("{row} {column}")) % 100) as f32,
        });
        for mut row in dense.rows_mut() {
            let norm = row.dot(&row).sqrt();
            row.mapv_inplace(|value| value / norm);
        }
        (texts, dense)
    }

    #[test]
    fn finds_topics_and_names_them() {
        let (texts, dense) = topics();
        let found = discover(&texts, &dense, &DiscoverOptions::default()).unwrap();
        assert_eq!(found.groups.len(), 3, "{:?}", found.groups);
        assert_eq!(found.groups.iter().map(|group| group.size).collect::<Vec<_>>(), [20, 20, 20]);
        let names: Vec<&str> = found.groups.iter().map(|group| group.name.as_str()).collect();
        assert!(names.iter().any(|name| name.contains("refund")) && names.iter().any(|name| name.contains("parcel")), "{names:?}");
        assert_eq!(found.group_of[0], found.group_of[3]);
        assert_ne!(found.group_of[0], found.group_of[1]);
    }

    #[test]
    fn too_few_texts_are_refused() {
        let (texts, dense) = topics();
        let few = dense.slice(ndarray::s![..4, ..]).to_owned();
        assert!(discover(&texts[..4], &few, &DiscoverOptions::default()).is_err());
        assert!(discover(&texts, &dense, &DiscoverOptions { groups: Some(61) }).unwrap_err().to_string().contains("60 texts"));
    }
}
