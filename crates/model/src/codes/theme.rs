//! Default themes, each tied to conventions of the International Labour Organization.
//!
//! The first five are the centre's own terms; the others follow the ILO's fundamental principles and the subjects that
//! questionnaires ask about. Convention numbers are those of NORMLEX, the ILO's list of standards.

super::code_list! {
    /// What an entry is about.
    Theme {
        LabourLaw = "labour_law";
        SocialProtection = "social_protection";
        SocialDialogue = "social_dialogue";
        DecentWages = "decent_wages";
        WorkingConditions = "working_conditions";
        FreedomOfAssociation = "freedom_of_association";
        HealthAndSafety = "health_and_safety";
        WorkingTime = "working_time";
        ViolenceAndHarassment = "violence_and_harassment";
        Discrimination = "discrimination";
        Maternity = "maternity";
        ForcedLabour = "forced_labour";
        ChildLabour = "child_labour";
        MigrantWorkers = "migrant_workers";
        DomesticWork = "domestic_work";
        SupplyChains = "supply_chains";
    }
}

impl Theme {
    /// Numbers of the ILO conventions that the theme rests on: 87 is C087.
    pub fn conventions(self) -> &'static [u16] {
        match self {
            // Labour inspection, employment policy, termination of employment, labour administration.
            Theme::LabourLaw => &[81, 122, 129, 150, 158],
            Theme::SocialProtection => &[102, 121, 128, 130, 168],
            Theme::SocialDialogue => &[144, 151, 154],
            Theme::DecentWages => &[26, 94, 95, 99, 131, 173],
            Theme::WorkingConditions => &[1, 14, 30, 132, 155],
            Theme::FreedomOfAssociation => &[11, 87, 98, 135, 141],
            Theme::HealthAndSafety => &[155, 161, 167, 170, 184, 187],
            Theme::WorkingTime => &[1, 14, 30, 47, 89, 106, 132, 171, 175],
            Theme::ViolenceAndHarassment => &[190],
            Theme::Discrimination => &[100, 111, 159, 169],
            Theme::Maternity => &[156, 183],
            Theme::ForcedLabour => &[29, 105],
            Theme::ChildLabour => &[138, 182],
            Theme::MigrantWorkers => &[97, 143, 181],
            Theme::DomesticWork => &[177, 189],
            Theme::SupplyChains => &[94],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_rests_on_conventions_and_every_fundamental_convention_has_a_theme() {
        for theme in Theme::ALL {
            assert!(theme.conventions().is_sorted(), "{theme}");
            assert!(!theme.conventions().is_empty(), "{theme}");
        }
        // The ten fundamental conventions, as of the 2022 amendment of the 1998 Declaration.
        for fundamental in [29, 87, 98, 100, 105, 111, 138, 155, 182, 187] {
            assert!(
                Theme::ALL
                    .iter()
                    .any(|theme| theme.conventions().contains(&fundamental)),
                "C{fundamental:03}"
            );
        }
    }
}
