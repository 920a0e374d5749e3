//! An office that has no browser.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::Server;
use crate::server::vigie;

/// An office without a browser: the `vigie` command.
pub struct CommandLineOffice {
    folder: PathBuf,
    key: String,
    office: String,
}

impl CommandLineOffice {
    /// Sets an office up at the server with its one-time link.
    pub async fn set_up(server: &Server) -> Result<Self> {
        let folder = server.data().join("desk");
        std::fs::create_dir_all(&folder)?;
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        let (key, office) = (path("office.key"), path("office"));
        let link = server.setup_link().await?;
        vigie(&[
            "office",
            "init",
            "--server",
            &server.url(),
            "--setup",
            &link,
            "--key",
            &key,
        ])?;
        Ok(Self {
            folder,
            key,
            office,
        })
    }

    /// Makes a mission and an invite to it; returns the invite's link.
    pub fn mission_and_invite(&self, name: &str, label: &str) -> Result<String> {
        self.mission(name, &[])?;
        self.invite(name, label)
    }

    /// As [`Self::mission_and_invite`], with a questionnaire.
    pub fn mission_and_invite_with(&self, form: &Path, name: &str, label: &str) -> Result<String> {
        self.mission(name, &[form])?;
        self.invite(name, label)
    }

    /// Makes a mission with these questionnaires.
    pub fn mission(&self, name: &str, forms: &[&Path]) -> Result<()> {
        let mut words = vec!["mission", "new", "--key", &self.key, "--office"];
        words.extend([self.office.as_str(), "--name", name]);
        for form in forms {
            let form = form.to_str().context("a path that is not UTF-8")?;
            words.extend(["--form", form]);
        }
        vigie(&words).map(drop)
    }

    /// Adds a questionnaire to a mission.
    pub fn assign(&self, mission: &str, form: &Path) -> Result<()> {
        let form = form.to_str().context("a path that is not UTF-8")?;
        let desk = ["--key", &self.key, "--office", &self.office];
        vigie(&[&["form", "add"], &desk[..], &[form]].concat())?;
        let id = Path::new(form)
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        vigie(
            &[
                &["form", "assign"],
                &desk[..],
                &["--mission", mission, "--form", &id],
            ]
            .concat(),
        )
        .map(drop)
    }

    /// Invites one person to a mission; returns the link.
    pub fn invite(&self, mission: &str, label: &str) -> Result<String> {
        let (key, office) = (self.key.as_str(), self.office.as_str());
        let told = vigie(&[
            "invite",
            "--key",
            key,
            "--office",
            office,
            "--mission",
            mission,
            "--label",
            label,
        ])?;
        let link = told
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        link.map(str::to_owned)
            .with_context(|| format!("no link in: {told}"))
    }

    /// Makes a kiosk's partner link to a mission with one questionnaire; returns its address.
    pub fn partner_link(&self, mission: &str, label: &str) -> Result<String> {
        self.new_link(&["new", "--mission", mission, "--label", label, "--kiosk"])
    }

    /// As [`Self::partner_link`], for somebody on a phone of her own.
    pub fn partner_link_for_one(&self, mission: &str, label: &str) -> Result<String> {
        self.new_link(&["new", "--mission", mission, "--label", label])
    }

    /// As [`Self::partner_link`], with what a person agrees to, as LANGUAGE=FILE.
    pub fn partner_link_asking(&self, mission: &str, label: &str, consent: &str) -> Result<String> {
        self.new_link(&[
            "new",
            "--mission",
            mission,
            "--label",
            label,
            "--consent",
            consent,
        ])
    }

    fn new_link(&self, arguments: &[&str]) -> Result<String> {
        let told = self.link(arguments)?;
        let link = told
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        link.map(str::to_owned)
            .with_context(|| format!("no link in: {told}"))
    }

    /// Closes a partner link, by its name.
    pub fn close_link(&self, mission: &str, label: &str) -> Result<()> {
        self.link(&["close", "--mission", mission, label]).map(drop)
    }

    fn link(&self, arguments: &[&str]) -> Result<String> {
        let desk = ["--key", &self.key, "--office", &self.office];
        vigie(&[&["link"], arguments, &desk[..]].concat())
    }

    /// Fetches what the server holds, and gives receipts.
    pub fn fetch(&self) -> Result<()> {
        vigie(&["fetch", "--key", &self.key, "--office", &self.office]).map(drop)
    }

    /// Everything, as the JSON export says it.
    pub fn export_json(&self) -> Result<String> {
        let out = self.folder.join("export");
        let folder = out.to_string_lossy().into_owned();
        vigie(&[
            "export",
            "--format",
            "json",
            "--key",
            &self.key,
            "--office",
            &self.office,
            "--out",
            &folder,
        ])?;
        let mut all = String::new();
        for entry in std::fs::read_dir(&out)? {
            let path = entry?.path();
            // Attachments are in a folder beside.
            if path.is_file() {
                all.push_str(&std::fs::read_to_string(path)?);
            }
        }
        Ok(all)
    }

    /// How many files the last export brought beside its JSON, each in the folder of its entry.
    pub fn exported_files(&self) -> Result<usize> {
        let mut files = 0;
        for folder in std::fs::read_dir(self.folder.join("export/attachments"))? {
            files += std::fs::read_dir(folder?.path())?.count();
        }
        Ok(files)
    }
}
