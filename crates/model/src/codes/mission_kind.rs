//! What a mission is.

super::code_list! {
    /// The seven kinds of mission.
    MissionKind {
        Observation = "observation";
        Internship = "internship";
        Training = "training";
        /// A guest visits unions and schools.
        Tour = "tour";
        /// A talk, a conference, a *dîner-causerie*.
        Talk = "talk";
        Campaign = "campaign";
        Cooperation = "cooperation";
    }
}
