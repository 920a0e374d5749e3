//! What a form may know of the time and of who answers.

use std::rc::Rc;

use vigie_forms::{Draft as Answers, Now};
use vigie_respondent::{Moment, moment_of};

use crate::{Host, memory::Open, notebook::Notebook, protocol::Failure};

impl<H: Host> Notebook<H> {
    pub(super) fn moment(
        &self,
        member: usize,
        last: Option<Answers>,
    ) -> Result<Rc<Moment>, Failure> {
        let mut seed = [0; 8];
        self.host().fill(&mut seed);
        let open = self.open()?;
        let now = self.now_of(&open, member)?;
        let who = open.member(member)?;
        let device = who.device().to_string();
        Ok(Moment::new(now, seed, who.by.clone(), device, last))
    }

    /// The time, as far as the mission's policy lets a form know it.
    pub(super) fn now_of(&self, open: &Open, member: usize) -> Result<Now, Failure> {
        Ok(self.now_for_a_form(open.member(member)?.info.record_time))
    }

    /// The time as a form may know it.
    pub fn now_for_a_form(&self, record_time: bool) -> Now {
        let now = self.host().now();
        moment_of(now, self.host().utc_offset(now), record_time)
    }
}
