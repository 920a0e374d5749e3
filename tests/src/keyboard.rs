//! Someone who has a keyboard and nothing else: keys go where the focus is, and the focus says what it is.

use anyhow::{Context, Result};
use serde::Deserialize;
use thirtyfour::Key;

use crate::Browser;
use crate::wait::until;
use crate::words::plain;

const FOCUS: &str = include_str!("focus.js");
/// More stops than any page has.
const STOPS: usize = 300;

/// What has the focus, as a screen reader would tell it.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Focus {
    /// `button`, `link`, `textbox`, `date`, `month`, `time`, `radio`, `checkbox`, `listbox`, `combobox`, `slider`,
    /// `searchbox`, `file`, …; empty for what is no control.
    pub role: String,
    pub name: String,
    /// Names of the groups around it, the nearest first.
    pub around: Vec<String>,
    pub value: String,
    pub checked: bool,
    /// Of a list, in order.
    pub options: Vec<String>,
    /// The option of a list, or the radio button, that is chosen.
    pub chosen: String,
    /// Of a slider: its lowest value.
    pub least: String,
    pub in_dialog: bool,
    /// Whether anything has the focus.
    pub is_placed: bool,
    /// Headings, legends and labels that can be seen.
    pub headings: Vec<String>,
    /// What the page announces as urgent.
    pub alerts: Vec<String>,
    /// All that can be read.
    pub text: String,
}

impl Focus {
    pub fn is(&self, role: &str, name: &str) -> bool {
        self.role == role && plain(&self.name) == plain(name)
    }
}

impl Browser {
    /// What has the focus now.
    pub async fn focus(&self) -> Result<Focus> {
        Ok(serde_json::from_value(self.run(FOCUS, vec![]).await?)?)
    }

    /// Presses these keys, one after the other, where the focus is.
    pub async fn keys(&self, keys: impl AsRef<str>) -> Result<()> {
        let keys = keys.as_ref();
        Ok(self
            .driver()
            .action_chain()
            .send_keys(keys)
            .perform()
            .await?)
    }

    /// Goes to the next stop.
    pub async fn tab(&self) -> Result<Focus> {
        self.keys(key(Key::Tab)).await?;
        self.focus().await
    }

    /// Goes from stop to stop until `wanted` has the focus.
    pub async fn tab_to(&self, what: &str, wanted: impl Fn(&Focus) -> bool) -> Result<Focus> {
        let found = until(what, async || {
            for _ in 0..STOPS {
                let focus = self.tab().await?;
                if wanted(&focus) {
                    return Ok(Some(focus));
                }
            }
            Ok(None)
        })
        .await;
        found.with_context(|| format!("no way to {what} by the keyboard"))
    }

    /// Presses a button or follows a link by the keyboard; its name begins or ends so.
    pub async fn enter(&self, name: &str) -> Result<()> {
        let told = plain(name);
        let named = |focus: &Focus| {
            ["button", "link", "tab", "menuitem"].contains(&focus.role.as_str())
                && (plain(&focus.name).starts_with(&told) || plain(&focus.name).ends_with(&told))
        };
        self.tab_to(&format!("«{name}»"), named).await?;
        self.keys(key(Key::Enter)).await
    }
}

/// A key, as text among other keys.
pub fn key(key: Key) -> String {
    key.value().to_string()
}
