//! All secrets of a configuration, read at once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::env::Env;
use super::load::Config;
use super::problem::{Findings, Problem, Problems};
use super::secret_source::SecretSource;
use crate::domain::ids::AccountName;
use crate::domain::secret::Secret;

const COMMAND_LIMIT: Duration = Duration::from_secs(10);

/// The secrets of one configuration, read.
#[derive(Clone, Debug)]
pub(crate) struct Secrets {
    /// `client_secret` of each Acronis account.
    pub(crate) acronis: BTreeMap<AccountName, Secret>,
    pub(crate) autotask_secret: Secret,
    pub(crate) autotask_integration_code: Secret,
    /// Secret files that others can read.
    pub(crate) warnings: Vec<Problem>,
}

impl Config {
    /// Reads all secrets; called by commands that connect, and by them only.
    ///
    /// # Errors
    ///
    /// Every secret that could not be read, with file, line and key; never with the secret.
    pub(crate) fn resolve_secrets(&self, env: &Env) -> Result<Secrets, Problems> {
        // Lines are known already, so the text is not needed here.
        let findings = Findings::new(&self.file, "", &Self::SECTION);
        let read = |source: &SecretSource| source.fetch_or_report(env, COMMAND_LIMIT, &findings);
        let acronis: Vec<Option<(AccountName, Secret)>> = self
            .acronis
            .iter()
            .map(|account| Some((account.name.clone(), read(&account.client_secret)?)))
            .collect();
        let secret = read(&self.autotask.secret);
        let code = read(&self.autotask.integration_code);
        let (Some(acronis), Some(autotask_secret), Some(autotask_integration_code)) =
            (acronis.into_iter().collect(), secret, code)
        else {
            return Err(findings.into_problems());
        };
        let warnings = findings.into_result()?;
        Ok(Secrets {
            acronis,
            autotask_secret,
            autotask_integration_code,
            warnings,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::super::load::parse;
    use super::super::secret_source::Origin;
    use super::*;

    /// For commands that end by themselves, however long the machine takes over it.
    const LONG: Duration = Duration::from_secs(3_600);

    /// A configuration in `dir` whose client secret comes from the given source.
    fn config(dir: &Path, source: &str) -> Config {
        let text = format!(
            "[[acronis]]\nname = 'eu'\nurl = 'https://x.example'\nclient_id = 'c'\nclient_secret \
             = {source}\n\
             [autotask]\nusername = 'u'\nsecret = 'hush-at'\nintegration_code = 'hush-ic'\n"
        );
        parse(&dir.join("config.toml"), &text).unwrap().config
    }

    fn env() -> Env {
        Env::from_pairs([("GOOD", "hush-env"), ("EMPTY", "")])
    }

    fn resolved(dir: &Path, env: &Env, source: &str) -> Result<String, String> {
        resolved_within(LONG, dir, env, source)
    }

    fn resolved_within(
        limit: Duration,
        dir: &Path,
        env: &Env,
        source: &str,
    ) -> Result<String, String> {
        let config = config(dir, source);
        let findings = Findings::new(Path::new("c.toml"), "", &Config::SECTION);
        let secret = config.acronis[0]
            .client_secret
            .fetch_or_report(env, limit, &findings);
        secret
            .map(|secret| secret.expose().to_owned())
            .ok_or_else(|| findings.into_problems().to_string())
    }

    #[test]
    fn a_secret_comes_from_any_of_its_five_places_with_one_line_break_cut() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("secret"), "hush-file\n").unwrap();
        let env = Env::from_pairs([
            ("GOOD", "hush-env".as_ref()),
            ("CREDENTIALS_DIRECTORY", dir.path().as_os_str()),
        ]);
        for (source, expected) in [
            ("'hush-plain'", "hush-plain"),
            ("{ env = 'GOOD' }", "hush-env"),
            ("{ file = 'secret' }", "hush-file"),
            ("{ credential = 'secret' }", "hush-file"),
            ("{ command = ['printf', 'hush %s', '$HOME'] }", "hush $HOME"),
        ] {
            let got = resolved(dir.path(), &env, source);
            assert_eq!(got.as_deref(), Ok(expected), "{source}");
        }
    }

    #[test]
    fn a_secret_that_cannot_be_had_is_reported_with_key_and_line() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("two"), "a\n\n").unwrap();
        fs::write(dir.path().join("none"), "\n").unwrap();
        fs::create_dir(dir.path().join("folder")).unwrap();
        let in_dir = |name: &str| dir.path().join(name).display().to_string();
        let missing = format!(
            "cannot read {}: No such file or directory (os error 2)",
            in_dir("no")
        );
        let not_a_file = format!("cannot read {}: it is not a regular file", in_dir("folder"));
        for (source, expected) in [
            ("{ env = 'NO' }", "the environment variable NO is not set"),
            ("{ env = 'EMPTY' }", "the secret is empty"),
            ("{ file = 'no' }", missing.as_str()),
            ("{ file = 'none' }", "the secret is empty"),
            ("{ file = 'folder' }", not_a_file.as_str()),
            (
                "{ file = 'two' }",
                "the secret holds line breaks or control characters",
            ),
            (
                "{ credential = 'x' }",
                "CREDENTIALS_DIRECTORY is not set; the systemd unit needs LoadCredential=x:...",
            ),
            (
                "{ command = 'false' }",
                "the command false failed: exit status: 1",
            ),
            ("{ command = 'true' }", "the secret is empty"),
            (
                "{ command = 'no-such-program' }",
                "cannot start the command no-such-program: No such file or directory (os error 2)",
            ),
        ] {
            let told = resolved(dir.path(), &env(), source).unwrap_err();
            assert_eq!(
                told,
                format!("c.toml:5: acronis.client_secret: {expected}"),
                "{source}"
            );
        }
    }

    #[test]
    fn a_command_that_does_not_end_is_killed() {
        let dir = tempfile::tempdir().unwrap();
        let closes_its_output = "{ command = ['sh', '-c', 'echo x; exec >&-; exec sleep 60'] }";
        for source in ["{ command = ['sleep', '60'] }", closes_its_output] {
            let short = Duration::from_millis(300);
            let told = resolved_within(short, dir.path(), &env(), source).unwrap_err();
            assert!(told.contains("did not end within"), "{told}");
        }
    }

    #[test]
    fn all_secrets_are_read_or_all_failures_reported() {
        let dir = tempfile::tempdir().unwrap();
        let mut both = config(dir.path(), "{ env = 'GOOD' }");
        let secrets = both.resolve_secrets(&env()).unwrap();
        assert_eq!(
            secrets.acronis[&AccountName::new("eu")].expose(),
            "hush-env"
        );
        assert_eq!(secrets.autotask_secret.expose(), "hush-at");
        assert_eq!(secrets.autotask_integration_code.expose(), "hush-ic");

        both.acronis[0].client_secret.origin = Origin::Env("NO".to_owned());
        both.autotask.secret.origin = Origin::Env("NEITHER".to_owned());
        let problems = both.resolve_secrets(&env()).unwrap_err();
        let keys: Vec<&str> = problems.0.iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["acronis.client_secret", "autotask.secret"]);
    }

    #[test]
    fn a_source_is_exactly_one_of_the_known_ones() {
        let dir = tempfile::tempdir().unwrap();
        let one = "needs exactly one of `env`, `file`, `credential`, `command`";
        for (source, expected) in [
            ("{}", one),
            ("{ env = 'A', file = 'b' }", one),
            ("''", "the secret is empty"),
            (
                "7",
                "must be a text, or a table with one of `env`, `file`, `credential`, `command`",
            ),
            (
                "{ credential = '../x' }",
                "must be a file name without a directory, not \"../x\"",
            ),
            ("{ command = [] }", "must name a program"),
            (
                "{ command = 'pass show x' }",
                "no shell splits this; write a list such as [\"program\", \"argument\"]",
            ),
        ] {
            let text = format!(
                "acronis = [{{ name = 'eu', url = 'https://x.example', client_id = 'c', \
                 client_secret = {source} }}]\n\
                 autotask = {{ username = 'u', secret = 's', integration_code = 'i' }}\n"
            );
            let problems = parse(&dir.path().join("c.toml"), &text).unwrap_err();
            assert_eq!(problems.0.len(), 1, "{problems}");
            assert_eq!(problems.0[0].what, expected, "{source}");
        }
    }

    #[test]
    fn nothing_secret_is_shown_by_debug() {
        let dir = tempfile::tempdir().unwrap();
        for source in ["'hush-plain'", "{ command = ['echo', 'hush-argument'] }"] {
            let config = config(dir.path(), source);
            let secrets = config.resolve_secrets(&env()).unwrap();
            let shown = format!("{config:?} {config:#?} {secrets:?} {:?}", env());
            assert!(!shown.contains("hush"), "{shown}");
            assert!(shown.contains("(redacted)"));
        }
    }

    #[test]
    fn secrets_that_others_can_read_are_warned_of() {
        let dir = tempfile::tempdir().unwrap();
        let (file, key) = (dir.path().join("config.toml"), dir.path().join("key"));
        let text = "[[acronis]]\nname = 'eu'\nurl = 'https://x.example'\nclient_id = \
                    'c'\nclient_secret = 'p'\n\
             [autotask]\nusername = 'u'\nsecret = { file = 'key' }\nintegration_code = { env = \
             'GOOD' }\n";
        fs::write(&file, text).unwrap();
        fs::write(&key, "k").unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
        for (mode, count) in [(0o600, 0), (0o640, 1), (0o604, 1)] {
            set(&file, mode).unwrap();
            let warnings = super::super::load_file(&file).unwrap().warnings;
            assert_eq!(warnings.len(), count, "{mode:o}");
            assert!(
                warnings
                    .iter()
                    .all(|one| one.key == "acronis.client_secret")
            );
        }
        let config = super::super::load_file(&file).unwrap().config;
        for (mode, count) in [(0o640, 0), (0o644, 1)] {
            set(&key, mode).unwrap();
            let warnings = config.resolve_secrets(&env()).unwrap().warnings;
            assert_eq!(warnings.len(), count, "{mode:o}");
        }
    }
}
