//! Settings: compiled-in defaults ← file ← environment ← `--set`. Whatever is wrong is named, all of it at once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use figment::providers::{Env, Format, Serialized, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Metadata, Provider};
use ragstone_catalog::CatalogConfig;
use ragstone_classify::IngestLabel;
use ragstone_core::CollectionName;
use ragstone_embed::{EmbedConfig, RerankConfig};
use ragstone_generate::{GenerateConfig, PromptConfig, UnderstandConfig};
use ragstone_ingest::extract::ExtractConfig;
use ragstone_ingest::{ChunkConfig, JobConfig, SourceConfig};
use ragstone_retrieve::{Overrides, RetrieveConfig, RetrieveSettings};
use ragstone_server::{ScheduledSource, ServerConfig};
use ragstone_store::{LexicalConfig, StoreConfig};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::arguments::Global;
use crate::places;

/// The defaults, with their explanations.
pub(crate) const DEFAULT: &str = include_str!("../../../config/default.toml");

const ENVIRONMENT_PREFIX: &str = "RAGSTONE__";

/// Secrets never come from a file, apart from a password in `catalog.url`.
const API_KEY_VARIABLE: &str = "RAGSTONE_GENERATE_API_KEY";
const EMBED_KEY_VARIABLE: &str = "RAGSTONE_EMBED_API_KEY";
const STORE_KEY_VARIABLE: &str = "RAGSTONE_QDRANT_API_KEY";

/// All settings; a section a stage of the flow.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Settings {
    /// Where everything is kept; the user's data folder if it is not given.
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) source: SourceConfig,
    /// What the server reads by itself, again and again (`[[sources]]`).
    pub(crate) sources: Vec<ScheduledSource>,
    pub(crate) extract: ExtractConfig,
    pub(crate) chunk: ChunkConfig,
    /// What is different in some collections.
    pub(crate) collections: BTreeMap<CollectionName, CollectionSettings>,
    pub(crate) jobs: JobConfig,
    /// Which classifiers label documents while they are ingested (`[[classify]]`).
    pub(crate) classify: Vec<IngestLabel>,
    pub(crate) embed: EmbedConfig,
    /// The key of the server that `[embed.remote]` names.
    #[serde(skip)]
    pub(crate) embed_key: Option<SecretString>,
    pub(crate) lexical: LexicalConfig,
    pub(crate) store: StoreConfig,
    /// The key of the server that `store.url` names.
    #[serde(skip)]
    pub(crate) store_key: Option<SecretString>,
    pub(crate) catalog: CatalogConfig,
    pub(crate) understand: UnderstandConfig,
    pub(crate) retrieve: RetrieveConfig,
    pub(crate) rerank: RerankConfig,
    pub(crate) prompt: PromptConfig,
    pub(crate) generate: GenerateConfig,
    pub(crate) server: ServerConfig,
}

/// The settings of one collection (`[collections.NAME]`).
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CollectionSettings {
    /// How its texts are split; what is left out is as the program has it, whatever `[chunk]` says.
    #[serde(default)]
    pub(crate) chunk: ChunkConfig,
    /// How it is searched; what is left out is as `[retrieve]` says.
    #[serde(default)]
    pub(crate) retrieve: Overrides,
}

impl Settings {
    /// Reads all layers and checks the result.
    pub(crate) fn load(global: &Global) -> anyhow::Result<Self> {
        Self::load_over(global, configuration_file(global)?.as_deref())
    }

    /// The same with this configuration file, or none, in place of the user's own.
    pub(crate) fn load_over(global: &Global, file: Option<&Path>) -> anyhow::Result<Self> {
        let mut figment = Figment::new().merge(Serialized::defaults(Self::default())).merge(Toml::string(DEFAULT));
        if let Some(file) = file {
            ensure_file(file)?;
            figment = figment.merge(Toml::file_exact(file));
        }
        figment = figment.merge(Env::prefixed(ENVIRONMENT_PREFIX).split("__"));
        for assignment in &global.set {
            figment = figment.merge(Toml::string(&assignment_as_toml(assignment)?));
        }
        if let Some(data_dir) = &global.data_dir {
            figment = figment.merge(Serialized::default("data_dir", data_dir));
        }
        let mut settings = Self::extract(&figment)?;
        settings.generate.api_key = secret(API_KEY_VARIABLE);
        settings.embed_key = secret(EMBED_KEY_VARIABLE);
        settings.store_key = secret(STORE_KEY_VARIABLE);
        settings.source.bucket.credentials = places::bucket_credentials();
        Ok(settings)
    }

    fn extract(figment: &Figment) -> anyhow::Result<Self> {
        let unknown = unknown_keys(figment)?;
        if !unknown.is_empty() {
            bail!("these settings do not exist:\n  {}\n`ragstone config default` shows all that do", unknown.join("\n  "));
        }
        let settings: Self = figment.extract().map_err(|errors| {
            let problems: Vec<String> = errors.into_iter().map(|error| describe(&error)).collect();
            anyhow::anyhow!("these settings are wrong:\n  {}", problems.join("\n  "))
        })?;
        let problems = settings.problems();
        if !problems.is_empty() {
            bail!("these settings are wrong:\n  {}", problems.join("\n  "));
        }
        Ok(settings)
    }

    fn problems(&self) -> Vec<String> {
        let sections = [
            self.source.validate(),
            ScheduledSource::validate(&self.sources),
            self.extract.validate(),
            self.chunk.validate("chunk"),
            self.collections.iter().flat_map(|(name, own)| own.chunk.validate(&format!("collections.{name}.chunk"))).collect(),
            self.jobs.validate(),
            self.embed.validate(),
            self.lexical.validate(),
            self.store.validate(),
            self.catalog.validate(),
            self.problems_of_sharing(),
            self.understand.validate(),
            self.retrieve.validate(),
            self.collections.iter().flat_map(|(name, own)| self.problems_of_searches(name, &own.retrieve)).collect(),
            self.rerank.validate(),
            self.prompt.validate(),
            self.generate.validate(),
            self.server.validate(),
        ];
        sections.concat()
    }

    /// Vectors in this process are of this machine's documents alone.
    fn problems_of_sharing(&self) -> Vec<String> {
        if self.catalog.url.is_some() && self.store.url.is_none() {
            return vec!["`catalog.url` is set and `store.url` is not: a shared catalog needs a shared store, set both".to_owned()];
        }
        Vec::new()
    }

    /// The same with everything in the data folder.
    pub(crate) fn of_data_folder(&self) -> Self {
        let mut own = self.clone();
        (own.store.url, own.catalog.url) = (None, None);
        own
    }

    fn problems_of_searches(&self, name: &CollectionName, own: &Overrides) -> Vec<String> {
        let problems = own.apply(&self.retrieve).err().unwrap_or_default();
        problems.into_iter().map(|problem| format!("collections.{name}.retrieve.{problem}")).collect()
    }

    /// How the texts of a collection are split.
    pub(crate) fn chunks_of(&self, collection: &CollectionName) -> &ChunkConfig {
        self.collections.get(collection).map_or(&self.chunk, |own| &own.chunk)
    }

    /// How collections are searched.
    pub(crate) fn searches(&self) -> RetrieveSettings {
        let own = self.collections.iter().map(|(name, own)| (name.clone(), own.retrieve.clone())).collect();
        RetrieveSettings::new(self.retrieve.clone(), own)
    }

    /// What is set otherwise than by default, by key. Names of models are among it, no secrets.
    pub(crate) fn changed(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let (own, defaults) = (toml::Table::try_from(self)?, toml::Table::try_from(Self::default())?);
        let mut changed = BTreeMap::new();
        collect_changed(&defaults, &own, "", &mut changed);
        changed.remove("data_dir");
        Ok(changed)
    }

    /// Where everything is kept.
    pub(crate) fn data_dir(&self) -> anyhow::Result<PathBuf> {
        match &self.data_dir {
            Some(folder) => Ok(folder.clone()),
            None => places::user_data().context("there is no home folder to keep data in: give `--data-dir`"),
        }
    }
}

fn secret(variable: &str) -> Option<SecretString> {
    std::env::var(variable).ok().filter(|key| !key.is_empty()).map(SecretString::from)
}

/// The file that was asked for, or the user's own if there is one.
fn configuration_file(global: &Global) -> anyhow::Result<Option<PathBuf>> {
    if let Some(file) = &global.config {
        return Ok(Some(file.clone()));
    }
    Ok(places::user_configuration().filter(|file| file.is_file()))
}

fn ensure_file(file: &Path) -> anyhow::Result<()> {
    anyhow::ensure!(file.is_file(), "the configuration file `{}` does not exist", file.display());
    Ok(())
}

/// `chunk.max_tokens=200` as TOML; a value that is not TOML is a text.
fn assignment_as_toml(assignment: &str) -> anyhow::Result<String> {
    let Some((key, value)) = assignment.split_once('=') else {
        bail!("`--set {assignment}` has no `=`: write `--set section.key=value`");
    };
    let (key, value) = (key.trim(), value.trim());
    let as_is = format!("{key} = {value}");
    if toml::from_str::<toml::Table>(&as_is).is_ok() {
        return Ok(as_is);
    }
    let quoted = format!("{key} = {}", toml::Value::String(value.to_owned()));
    if toml::from_str::<toml::Table>(&quoted).is_err() {
        bail!("`--set {assignment}`: `{key}` is not the name of a setting");
    }
    Ok(quoted)
}

/// Keys that are in some layer and not among the defaults, each with the layer it comes from.
fn unknown_keys(figment: &Figment) -> anyhow::Result<Vec<String>> {
    let known = Figment::from(Serialized::defaults(Settings::default())).extract::<Dict>()?;
    let given = figment.extract::<Dict>().map_err(|error| anyhow::anyhow!("{}", describe(&error)))?;
    let mut unknown = Vec::new();
    collect_unknown(figment, &known, &given, "", &mut unknown);
    Ok(unknown)
}

fn collect_unknown(figment: &Figment, known: &Dict, given: &Dict, above: &str, unknown: &mut Vec<String>) {
    for (key, value) in given {
        // The names of collections are the user's own; what is below them is checked when it is read.
        if above.is_empty() && key == "collections" {
            continue;
        }
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match (known.get(key), value) {
            (None, _) => unknown.push(format!("`{path}`{}{}", origin(figment, &path), suggestion(known, key))),
            (Some(Value::Dict(_, known)), Value::Dict(_, given)) => collect_unknown(figment, known, given, &path, unknown),
            (Some(_), _) => {}
        }
    }
}

fn collect_changed(defaults: &toml::Table, own: &toml::Table, above: &str, changed: &mut BTreeMap<String, String>) {
    for (key, value) in own {
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match (defaults.get(key), value) {
            (Some(toml::Value::Table(defaults)), toml::Value::Table(own)) => collect_changed(defaults, own, &path, changed),
            (default, value) if default != Some(value) => {
                changed.insert(path, value.to_string());
            }
            _ => {}
        }
    }
}

fn origin(figment: &Figment, path: &str) -> String {
    figment.find_metadata(path).map(place).unwrap_or_default()
}

fn place(metadata: &Metadata) -> String {
    match &metadata.source {
        Some(source) => format!(" (in {source})"),
        // Only assignments are read from strings, besides the defaults.
        None if metadata.name == Toml::string("").metadata().name => " (from `--set`)".to_owned(),
        None => format!(" (from {})", metadata.name),
    }
}

fn suggestion(known: &Dict, key: &str) -> String {
    let near =
        known.keys().map(|candidate| (strsim::jaro_winkler(candidate, key), candidate)).max_by(|left, right| left.0.total_cmp(&right.0));
    near.filter(|(similarity, _)| *similarity > 0.8).map(|(_, candidate)| format!(": did you mean `{candidate}`?")).unwrap_or_default()
}

fn describe(error: &figment::Error) -> String {
    let from = error.metadata.as_ref().map(place);
    let key = error.path.join(".");
    if key.is_empty() {
        format!("{}{}", error.kind, from.unwrap_or_default())
    } else {
        format!("`{key}`: {}{}", error.kind, from.unwrap_or_default())
    }
}

/// The settings in force as TOML. The API key is not among them.
pub(crate) fn show(settings: &Settings) -> anyhow::Result<String> {
    Ok(toml::to_string_pretty(settings)?)
}

/// Where the settings file would be, for messages.
pub(crate) fn user_file() -> Option<PathBuf> {
    places::user_configuration().map(|file| Path::new(&file).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figment(file: &str) -> Figment {
        Figment::new().merge(Serialized::defaults(Settings::default())).merge(Toml::string(DEFAULT)).merge(Toml::string(file))
    }

    #[test]
    fn the_shipped_defaults_are_the_compiled_ones() {
        let shipped = Settings::extract(&figment("")).unwrap();
        assert_eq!(show(&shipped).unwrap(), show(&Settings::default()).unwrap());
    }

    #[test]
    fn every_setting_is_explained_in_the_shipped_file() {
        let known = serde_json::to_value(Settings::default()).unwrap();
        for (section, keys) in known.as_object().unwrap() {
            for (key, value) in keys.as_object().into_iter().flatten() {
                let is_section = value.is_object() && DEFAULT.contains(&format!("[{section}.{key}]"));
                let written = DEFAULT.lines().any(|line| line.trim_start_matches(['#', ' ']).starts_with(&format!("{key} =")));
                assert!(is_section || written, "config/default.toml does not mention {section}.{key}");
            }
        }
    }

    #[test]
    fn wrong_settings_are_all_named() {
        let check = |file: &str, expected: &[&str]| {
            let error = Settings::extract(&figment(file)).unwrap_err().to_string();
            for part in expected {
                assert!(error.contains(part), "{error:?} should contain {part:?}");
            }
        };
        check("[chunk]\nmax_token = 1\n[serverr]\nbind = 1", &["`chunk.max_token`", "did you mean `max_tokens`?", "`serverr`", "`server`"]);
        check("[chunk]\nmax_tokens = 1\n[retrieve]\nlimit = 0", &["chunk.max_tokens is 1", "retrieve.limit is 0"]);
        check(
            "[collections.docs.retrieve]\nlimit = 0\nexpnd = \"section\"",
            &["collections.docs.retrieve.limit is 0", "collections.docs.retrieve.expnd is no setting of a search"],
        );
        check("[chunk]\nmax_tokens = \"many\"", &["`chunk.max_tokens`", "string \"many\""]);
    }

    #[test]
    fn assignments() {
        assert_eq!(assignment_as_toml("chunk.max_tokens=200").unwrap(), "chunk.max_tokens = 200");
        assert_eq!(assignment_as_toml("generate.model = llama 3").unwrap(), "generate.model = \"llama 3\"");
        assert!(assignment_as_toml("chunk.max_tokens").is_err());
        assert!(assignment_as_toml("a b=1").is_err());
    }
}
