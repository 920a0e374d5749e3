//! What a mission is.

super::code_list! {
    /// The seven kinds of mission.
    MissionKind {
        Observation = "observation": "Mission d’observation", "Observation mission", "Misión de observación";
        Internship = "internship": "Stage", "Internship", "Pasantía";
        Training = "training": "Formation", "Training", "Formación";
        /// A guest visits unions and schools.
        Tour = "tour": "Tournée", "Tour", "Gira";
        /// A talk, a conference, a *dîner-causerie*.
        Talk = "talk": "Conférence ou dîner-causerie", "Talk or conference", "Conferencia o charla";
        Campaign = "campaign": "Campagne thématique", "Thematic campaign", "Campaña temática";
        Cooperation = "cooperation": "Projet de coopération", "Cooperation project", "Proyecto de cooperación";
    }
}
