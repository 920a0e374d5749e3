//! What expressions ask of a session.

use super::{Now, Session};
use crate::form::{DataType, source::Part};
use crate::xpath::{At, EvalError, Host, NodeRef, World};

impl Session {
    /// All that expressions are evaluated against.
    pub(super) fn world(&self) -> World<'_> {
        World {
            primary: &self.tree,
            others: self.form.lists(),
            last: self.last.as_ref(),
            names: self.form.names(),
            host: self,
            indexes: &self.indexes,
        }
    }

    /// Bound to `node` of the form.
    pub(super) fn at(node: u32) -> At {
        At::node(NodeRef { doc: 0, node })
    }
}

impl Host for Session {
    fn now(&self) -> Now {
        self.env.now()
    }

    fn offset_at(&self, millis: i64) -> i32 {
        self.env.offset_at(millis)
    }

    fn random(&self) -> u64 {
        self.env.random()
    }

    fn root(&self, _: NodeRef) -> NodeRef {
        NodeRef { doc: 0, node: 0 }
    }

    fn instance(&self, id: &str) -> Option<NodeRef> {
        let doc = *self.form.model.list_ids.get(id)?;
        let list = self.form.source().lists.get(doc as usize - 1)?;
        if self.last.is_some() && list.src == crate::form::LAST_SAVED {
            let doc = self.form.lists().len() as u32 + 1;
            return Some(NodeRef { doc, node: 0 });
        }
        Some(NodeRef { doc, node: 0 })
    }

    fn choice_name(&self, node: NodeRef, value: &str) -> Result<String, EvalError> {
        if node.doc != 0 {
            return Ok(String::new());
        }
        Ok(self.choice_label(node.node, value).unwrap_or_default())
    }

    fn itext(&self, id: &str) -> Option<String> {
        let forms = self.form.text(id, self.language)?;
        let form = forms
            .iter()
            .find(|form| form.form.is_empty())
            .or_else(|| forms.iter().find(|form| form.form == "long"))
            .or(forms.first())?;
        Some(
            form.parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => text.clone(),
                    Part::Output(expr) => self.text_of(*expr, &Session::at(1)),
                })
                .collect(),
        )
    }

    fn property(&self, name: &str) -> Option<String> {
        self.env.property(name)
    }

    fn version(&self) -> String {
        self.form.version().to_owned()
    }

    fn is_date(&self, node: NodeRef) -> bool {
        let slot = self.slots.get(node.node as usize);
        let def = slot.and_then(|slot| self.form.source().defs.get(slot.def as usize));
        node.doc == 0 && def.is_some_and(|def| def.bind.data_type == DataType::Date)
    }

    fn row(&self, node: NodeRef) -> Option<usize> {
        if node.doc != 0 {
            return None;
        }
        let slot = self.slots.get(node.node as usize)?;
        let block = self.blocks.get(slot.block as usize)?;
        // Only a row's own element has a number, and its range counts its rows.
        (block.base == node.node && block.parent.is_some()).then_some(block.index as usize + 1)
    }
}
