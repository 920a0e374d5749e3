//! What the mailbox stands on: a folder, or a PostgreSQL and a bucket.

use std::{net::SocketAddr, process::Command};

use crate::{on_folder, on_servers};

pub enum Ground {
    Folder(on_folder::Ground),
    Servers(on_servers::Ground),
}

impl Ground {
    pub fn fresh(on_servers: bool) -> Ground {
        if on_servers {
            Ground::Servers(on_servers::Ground::fresh())
        } else {
            Ground::Folder(on_folder::Ground::fresh())
        }
    }

    /// A backup of it, taken while nobody serves it.
    pub fn copy(&self) -> Ground {
        match self {
            Ground::Folder(folder) => Ground::Folder(folder.copy()),
            Ground::Servers(servers) => Ground::Servers(servers.copy()),
        }
    }

    pub fn is_servers(&self) -> bool {
        matches!(self, Ground::Servers(_))
    }

    /// Where the bucket listens, when there is one.
    pub fn bucket(&self) -> Option<SocketAddr> {
        let Ground::Servers(servers) = self else {
            return None;
        };
        let (_, settings) = servers.bucket();
        let endpoint = settings.iter().find(|(name, _)| name == ENDPOINT);
        let (_, url) = endpoint.expect("a bucket that listens");
        let address = url.trim_start_matches("http://").parse();
        Some(address.expect("an address"))
    }

    /// Says to `command` where everything is kept; the bucket is reached by `bucket`, when that is another way.
    pub fn tell(&self, command: &mut Command, bucket: Option<&str>) {
        match self {
            Ground::Folder(folder) => {
                command.arg("--data").arg(folder.folder());
            }
            Ground::Servers(servers) => {
                let (address, settings) = servers.bucket();
                command
                    .env("VIGIE_DATABASE", servers.database())
                    .args(["--bucket", address])
                    .envs(settings.iter().cloned());
                if let Some(bucket) = bucket {
                    command.env(ENDPOINT, bucket);
                }
            }
        }
    }
}

const ENDPOINT: &str = "AWS_ENDPOINT";
