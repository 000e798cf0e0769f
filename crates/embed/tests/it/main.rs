//! The embedder as its callers see it: the default model, small models made here, and folders that are wrong.

#[cfg(test)]
mod default_model;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod reranker;
#[cfg(test)]
mod small_model;
#[cfg(test)]
mod small_models;
#[cfg(test)]
mod support;
#[cfg(test)]
mod wrong_models;
