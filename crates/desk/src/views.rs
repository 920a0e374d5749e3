//! Tables of entries that have a name: documents, so that the office's other desks have them too.

use vigie_model::{Timestamp, ViewId};
use vigie_notebook::Host;
use vigie_office::{OfficeDoc, docs::ViewDoc};
use vigie_protocol::{Failure, Refusal, SavedView};

use crate::{desk::Desk, in_open::InOpen as _, memory::OpenDesk};

impl OpenDesk {
    fn views(&self) -> impl Iterator<Item = &ViewDoc> {
        self.registry.views().filter(|view| !view.gone)
    }
}

impl<H: Host> Desk<H> {
    /// By name.
    pub(crate) fn views(&self) -> Result<Vec<SavedView>, Failure> {
        let open = self.open()?;
        let views = open.desk()?.views();
        let mut views: Vec<SavedView> = views
            .map(|view| SavedView {
                id: view.id,
                name: view.name.clone(),
                looking: view.looking.clone(),
            })
            .collect();
        views.sort_by_cached_key(|view| (vigie_model::fold::fold(&view.name), view.id));
        Ok(views)
    }

    pub(crate) async fn save_view(
        &self,
        id: Option<ViewId>,
        name: &str,
        looking: String,
    ) -> Result<Vec<SavedView>, Failure> {
        let name = name.trim();
        if name.is_empty() {
            return Err(Failure::Refused(Refusal::ViewWithoutName));
        }
        let known = {
            let open = self.open()?;
            let mut views = open.desk()?.views();
            let of_this_name = views.find(|view| view.name == name);
            id.or(of_this_name.map(|view| view.id))
        };
        let new = || self.notebook.vault.draw(|random| ViewId::random(random));
        let id = known.unwrap_or_else(new);
        self.put_view(id, name.to_owned(), looking, false).await
    }

    pub(crate) async fn remove_view(&self, id: ViewId) -> Result<Vec<SavedView>, Failure> {
        self.put_view(id, String::new(), String::new(), true).await
    }

    async fn put_view(
        &self,
        id: ViewId,
        name: String,
        looking: String,
        gone: bool,
    ) -> Result<Vec<SavedView>, Failure> {
        let now = self.host().now();
        let before = {
            let open = self.open()?;
            let mut views = open.desk()?.registry.views();
            views.find(|view| view.id == id).map(|view| view.at)
        };
        let doc = ViewDoc {
            id,
            name,
            looking,
            // Two clocks of one office may differ: the later word must count.
            at: before.map_or(now, |at| now.max(Timestamp(at.0 + 1))),
            gone,
        };
        self.keep_doc(OfficeDoc::View(doc), |_, _| {}).await?;
        // It is kept: the other desks have it after the next fetch, where they can't have it now.
        match self.say_docs().await {
            Ok(()) | Err(Failure::Unreachable) => self.views(),
            Err(failure) => Err(failure),
        }
    }
}
