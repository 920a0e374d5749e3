//! Default themes, each tied to conventions of the International Labour Organization.
//!
//! The first five are the centre's own terms; the others follow the ILO's fundamental principles and the subjects that
//! questionnaires ask about. Convention numbers are those of NORMLEX, the ILO's list of standards.

super::code_list! {
    /// What an entry is about.
    Theme {
        LabourLaw = "labour_law": "Droit du travail et ses garanties", "Labour law and its guarantees", "Derecho laboral y sus garantías";
        SocialProtection = "social_protection": "Protection sociale", "Social protection", "Protección social";
        SocialDialogue = "social_dialogue": "Dialogue social", "Social dialogue", "Diálogo social";
        DecentWages = "decent_wages": "Salaires décents", "Decent wages", "Salarios dignos";
        WorkingConditions = "working_conditions": "Conditions de travail", "Working conditions", "Condiciones de trabajo";
        FreedomOfAssociation = "freedom_of_association": "Liberté syndicale et négociation collective", "Freedom of association and collective bargaining", "Libertad sindical y negociación colectiva";
        HealthAndSafety = "health_and_safety": "Santé et sécurité", "Health and safety", "Salud y seguridad";
        WorkingTime = "working_time": "Temps de travail", "Working time", "Tiempo de trabajo";
        ViolenceAndHarassment = "violence_and_harassment": "Violence et harcèlement", "Violence and harassment", "Violencia y acoso";
        Discrimination = "discrimination": "Discrimination", "Discrimination", "Discriminación";
        Maternity = "maternity": "Maternité et responsabilités familiales", "Maternity and family responsibilities", "Maternidad y responsabilidades familiares";
        ForcedLabour = "forced_labour": "Travail forcé", "Forced labour", "Trabajo forzoso";
        ChildLabour = "child_labour": "Travail des enfants", "Child labour", "Trabajo infantil";
        MigrantWorkers = "migrant_workers": "Travailleuses et travailleurs migrants", "Migrant workers", "Trabajadoras y trabajadores migrantes";
        DomesticWork = "domestic_work": "Travail domestique et à domicile", "Domestic work and home work", "Trabajo doméstico y a domicilio";
        SupplyChains = "supply_chains": "Chaînes d’approvisionnement et achats publics", "Supply chains and public purchasing", "Cadenas de suministro y compras públicas";
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
