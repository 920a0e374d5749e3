//! What the three delegates write. People, workplaces and figures are invented; the situations are of the kind that
//! union observation missions report.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vigie_model::{Kind, RecordId, Timestamp, fields};

use super::delegate::Delegate;
use crate::failure::Failure;

/// In the order in which [`tell`] takes them.
pub const DELEGATES: [&str; 3] = ["Marise T.", "Julián R.", "Ann W."];
const FORM: &str = "conditions_travail_court";
/// Haiti, in October.
const HOURS_BEHIND_UTC: i64 = 4;

/// Monday 12 October 2026, 0 h, by UTC.
const FIRST_DAY: i64 = 1_791_763_200_000;

/// A moment of the mission: day of October 2026, from the 12th, and local hour and minute.
fn at(day: i64, hour: i64, minute: i64) -> Timestamp {
    Timestamp(FIRST_DAY + (((day - 12) * 24 + hour + HOURS_BEHIND_UTC) * 60 + minute) * 60_000)
}

struct Note {
    by: usize,
    day: i64,
    hour: i64,
    title: &'static str,
    text: &'static str,
    place: &'static str,
    present: &'static str,
    themes: &'static [&'static str],
    source: &'static str,
    credibility: &'static str,
    sensitivity: &'static str,
}

const NOTES: [Note; 12] = [
    Note {
        by: 0,
        day: 12,
        hour: 10,
        title: "Arrivée et rencontre avec la coordination syndicale",
        text: "Accueil par la coordination à son local. Trois fédérations présentes. On s’entend sur la règle : aucune \
               personne n’est nommée dans les notes, les rôles suffisent.\n\nPriorités dites par la coordination : \
               salaire minimum non appliqué, heures supplémentaires imposées avant les livraisons, retenues pour \
               l’assurance sociale qui ne seraient pas versées.",
        place: "Port-au-Prince, local de la coordination",
        present: "coordonnatrice, deux secrétaires de fédération, interprète créole",
        themes: &["social_dialogue", "freedom_of_association"],
        source: "B",
        credibility: "2",
        sensitivity: "open",
    },
    Note {
        by: 0,
        day: 13,
        hour: 18,
        title: "Sortie d’usine : six ouvrières du vêtement",
        text: "Entrevue de groupe après le quart, à vingt minutes à pied de la zone franche. Objectif de 1 200 pièces par \
               jour pour une rangée ; celles qui ne l’atteignent pas restent sans être payées davantage. Deux d’entre \
               elles n’ont jamais vu de bulletin de paie détaillé.\n\nÀ vérifier : copie d’un bulletin promise pour jeudi.",
        place: "Près de la zone franche, côté nord",
        present: "six ouvrières (piquage, finition)",
        themes: &["decent_wages", "working_time"],
        source: "C",
        credibility: "2",
        sensitivity: "internal",
    },
    Note {
        by: 1,
        day: 13,
        hour: 11,
        title: "Visita a la planta con la gerencia",
        text: "Recorrido anunciado con dos días de anticipación. Pasillos despejados, extintores con fecha vigente. La \
               salida trasera del segundo piso estaba cerrada con candado; el jefe de seguridad dijo que la llave «la \
               tiene el guardia». Se pidió el registro de simulacros: el último es de marzo.",
        place: "Planta 4, zona franca",
        present: "gerente de producción, jefe de seguridad, dos delegados",
        themes: &["health_and_safety"],
        source: "A",
        credibility: "1",
        sensitivity: "open",
    },
    Note {
        by: 1,
        day: 14,
        hour: 16,
        title: "Trabajadores del comité despedidos",
        text: "Tres miembros de un comité en formación fueron despedidos la misma semana en que entregaron su lista. La \
               empresa habla de reducción de pedidos; en el mismo período entraron once personas nuevas a la línea.",
        place: "Casa de una vecina, barrio obrero",
        present: "tres trabajadores despedidos, asesor legal",
        themes: &["freedom_of_association", "labour_law"],
        source: "B",
        credibility: "2",
        sensitivity: "secret",
    },
    Note {
        by: 2,
        day: 14,
        hour: 9,
        title: "Labour ministry: inspection figures",
        text: "The regional office has four inspectors for about 190 registered workplaces and one vehicle, which is being \
               repaired. Forty-one visits since January, nine of them in garments. No fine was collected this year.\n\n\
               They agree to share the template of the inspection report.",
        place: "Regional labour office",
        present: "head of inspection, one inspector",
        themes: &["labour_law"],
        source: "A",
        credibility: "2",
        sensitivity: "open",
    },
    Note {
        by: 2,
        day: 15,
        hour: 13,
        title: "Heat on the finishing floor",
        text: "34 °C on our own thermometer at 1 p.m., two of six fans working. Water is one cooler for about 120 people. \
               Three women told us separately that going to the toilet needs a token from the supervisor.",
        place: "Plant 2, finishing floor",
        present: "line supervisor, workers at their posts",
        themes: &["health_and_safety", "working_conditions"],
        source: "A",
        credibility: "1",
        sensitivity: "internal",
    },
    Note {
        by: 0,
        day: 15,
        hour: 17,
        title: "Bulletins de paie : retenues sans versement",
        text: "Cinq bulletins vus (photos non prises, à leur demande). Retenue de 6 % pour l’assurance vieillesse sur les \
               cinq. L’une des ouvrières a demandé son relevé à l’office : aucun versement depuis quatorze mois.",
        place: "Local d’une association de quartier",
        present: "quatre ouvrières, un animateur",
        themes: &["social_protection", "labour_law"],
        source: "B",
        credibility: "2",
        sensitivity: "secret",
    },
    Note {
        by: 1,
        day: 16,
        hour: 10,
        title: "Reunión con la asociación de empleadores",
        text: "Niegan las horas extra obligatorias. Reconocen que «en semanas de embarque se pide un esfuerzo». Proponen \
               una mesa de tres partes antes de fin de año; el sindicato ya la había propuesto en mayo.",
        place: "Oficinas de la asociación",
        present: "secretario de la asociación, abogada",
        themes: &["social_dialogue", "working_time"],
        source: "C",
        credibility: "3",
        sensitivity: "open",
    },
    Note {
        by: 2,
        day: 19,
        hour: 15,
        title: "Crèche closed since the spring",
        text: "The on-site crèche, still on the buyers’ audit sheet, has been closed since April. Mothers pay a neighbour \
               about a fifth of their wage. The supervisor of the line confirmed the date without being asked.",
        place: "Plant 2",
        present: "line supervisor, three mothers",
        themes: &["maternity", "supply_chains"],
        source: "B",
        credibility: "1",
        sensitivity: "internal",
    },
    Note {
        by: 0,
        day: 20,
        hour: 11,
        title: "Travail à domicile : broderie à la pièce",
        text: "Sous-traitance par une intermédiaire qui passe le mardi et le vendredi. Payé 8 gourdes la pièce, fil à la \
               charge de la brodeuse. Dans deux des quatre maisons visitées, des enfants aidaient au retour de l’école.",
        place: "Quartier sur la colline",
        present: "quatre brodeuses, leurs familles",
        themes: &["domestic_work", "child_labour", "decent_wages"],
        source: "A",
        credibility: "2",
        sensitivity: "internal",
    },
    Note {
        by: 1,
        day: 21,
        hour: 19,
        title: "Testimonio: insultos y amenazas en la línea",
        text: "Relata gritos diarios y una amenaza de no renovar el contrato después de una queja. No quiere denuncia \
               formal por ahora. Pide que se guarde el testimonio y que se vuelva a hablar con ella en enero.",
        place: "Lugar elegido por ella",
        present: "una trabajadora, una acompañante del sindicato",
        themes: &["violence_and_harassment"],
        source: "B",
        credibility: "3",
        sensitivity: "secret",
    },
    Note {
        by: 2,
        day: 22,
        hour: 14,
        title: "Closing session with the unions 🤝",
        text: "Findings read back, in Creole, before anything is written up. Two corrections taken. Agreed next steps: joint \
               letter to three buyers, training on payslips in February, a short survey every two months.",
        place: "Port-au-Prince, union hall",
        present: "coordination, eleven workers, delegation",
        themes: &["social_dialogue", "supply_chains"],
        source: "A",
        credibility: "1",
        sensitivity: "open",
    },
];

struct Contact {
    by: usize,
    day: i64,
    name: &'static str,
    role: &'static str,
    organisation: &'static str,
    languages: &'static str,
    phone: &'static str,
    reach: &'static str,
    consent_for: &'static str,
}

const CONTACTS: [Contact; 5] = [
    Contact {
        by: 0,
        day: 12,
        name: "« Mme Rose »",
        role: "coordonnatrice",
        organisation: "Coordination syndicale",
        languages: "créole, français",
        phone: "+509 5555 0101",
        reach: "Par messagerie seulement, le soir. Ne pas appeler.",
        consent_for: "être rejointe par la mission pour la suite",
    },
    Contact {
        by: 0,
        day: 13,
        name: "Ouvrière A",
        role: "couturière, piquage",
        organisation: "",
        languages: "créole",
        phone: "",
        reach: "Par Mme Rose.",
        consent_for: "citer ses paroles sans nom ni lieu",
    },
    Contact {
        by: 1,
        day: 14,
        name: "Lic. Óscar B.",
        role: "asesor legal",
        organisation: "Bufete popular",
        languages: "español, francés",
        phone: "+509 5555 0117",
        reach: "Teléfono, de 9 a 17 h.",
        consent_for: "seguimiento de los despidos",
    },
    Contact {
        by: 2,
        day: 14,
        name: "Head of inspection",
        role: "head of inspection",
        organisation: "Regional labour office",
        languages: "French, Creole",
        phone: "+509 5555 0142",
        reach: "Office line, mornings.",
        consent_for: "sending the report template",
    },
    Contact {
        by: 2,
        day: 22,
        name: "Trainer, payslips",
        role: "trainer",
        organisation: "Workers’ education centre",
        languages: "French, English",
        phone: "",
        reach: "E-mail, weekly.",
        consent_for: "planning the February session",
    },
];

/// Language, day, who writes it down, then the answers by path.
type Response = (
    &'static str,
    i64,
    usize,
    &'static [(&'static str, &'static str)],
);

const RESPONSES: [Response; 6] = [
    (
        "fr",
        13,
        0,
        &[
            ("consentement_groupe/consentement", "oui"),
            ("travail/pays", "HT"),
            ("travail/lieu", "Port-au-Prince"),
            ("travail/secteur", "C14"),
            ("travail/metier", "Piquage des manches"),
            ("travail/age", "25_39"),
            ("travail/genre", "f"),
            ("travail/anciennete", "26"),
            ("contrat_paie/contrat", "ecrit_temp"),
            ("contrat_paie/contrat_compris", "non"),
            ("contrat_paie/paie_periode", "quinzaine"),
            ("contrat_paie/paie_montant", "8900"),
            ("contrat_paie/paie_suffit", "non"),
            ("contrat_paie/paie_retard", "parfois"),
            ("contrat_paie/retenues", "impots retard"),
            ("heures/heures_jour", "9.5"),
            ("heures/jours_semaine", "6"),
            ("heures/heures_supp", "8"),
            ("heures/supp_force", "souvent"),
            ("heures/supp_paye", "non"),
            ("heures/repos", "oui"),
            ("sante/dangers", "chaleur bruit charge"),
            ("sante/blessure", "non"),
            ("sante/violences", "cris"),
            ("sante/protections", "nsp"),
            ("libertes/syndicat", "interdit"),
            ("libertes/represailles", "oui"),
            ("libertes/documents", "non"),
            ("libertes/partir", "oui"),
            ("libertes/enfants", "non"),
            ("libertes/plainte", "non"),
            (
                "fin/changer",
                "Que l’objectif soit affiché et payé quand on reste.",
            ),
            ("fin/rappel", "oui"),
            (
                "fin/rappel_comment",
                "Par l’association du quartier, jamais à l’usine.",
            ),
        ],
    ),
    (
        "fr",
        13,
        0,
        &[
            ("consentement_groupe/consentement", "oui"),
            ("travail/pays", "HT"),
            ("travail/lieu", "Port-au-Prince"),
            ("travail/secteur", "C14"),
            ("travail/metier", "Finition"),
            ("travail/age", "18_24"),
            ("travail/genre", "f"),
            ("travail/anciennete", "7"),
            ("contrat_paie/contrat", "oral"),
            ("contrat_paie/paie_periode", "piece"),
            ("contrat_paie/paie_montant", "3.5"),
            ("contrat_paie/paie_suffit", "non"),
            ("contrat_paie/paie_retard", "souvent"),
            ("contrat_paie/retenues", "inconnu"),
            ("heures/heures_jour", "10"),
            ("heures/jours_semaine", "6"),
            ("heures/heures_supp", "6"),
            ("heures/supp_force", "toujours"),
            ("heures/supp_paye", "non"),
            ("heures/repos", "oui"),
            ("sante/dangers", "chaleur eau feu"),
            ("sante/blessure", "oui"),
            ("sante/violences", "refus"),
            ("libertes/syndicat", "nsp"),
            ("libertes/partir", "oui"),
            ("libertes/plainte", "non"),
            ("fin/changer", "De l’eau froide et des ventilateurs."),
            ("fin/rappel", "non"),
        ],
    ),
    (
        "es",
        14,
        1,
        &[
            ("consentement_groupe/consentement", "oui"),
            ("travail/pays", "HT"),
            ("travail/lieu", "Zona franca norte"),
            ("travail/secteur", "C14"),
            ("travail/metier", "Corte"),
            ("travail/age", "40_54"),
            ("travail/genre", "h"),
            ("travail/anciennete", "84"),
            ("contrat_paie/contrat", "ecrit_perm"),
            ("contrat_paie/contrat_compris", "oui"),
            ("contrat_paie/paie_periode", "mois"),
            ("contrat_paie/paie_montant", "21500"),
            ("contrat_paie/paie_suffit", "non"),
            ("contrat_paie/paie_retard", "jamais"),
            ("contrat_paie/retenues", "impots"),
            ("heures/heures_jour", "8"),
            ("heures/jours_semaine", "6"),
            ("heures/heures_supp", "0"),
            ("sante/dangers", "machine bruit"),
            ("sante/blessure", "oui"),
            ("sante/violences", "aucune"),
            ("sante/protections", "maladie accident vacances"),
            ("libertes/syndicat", "patron"),
            ("libertes/represailles", "oui"),
            ("libertes/documents", "non"),
            ("libertes/partir", "oui"),
            ("libertes/enfants", "non"),
            ("libertes/plainte", "nsp"),
            (
                "fin/changer",
                "Que devuelvan el trabajo a los compañeros del comité.",
            ),
            ("fin/rappel", "oui"),
            ("fin/rappel_comment", "Por el abogado."),
        ],
    ),
    (
        "es",
        16,
        1,
        &[
            ("consentement_groupe/consentement", "oui"),
            ("travail/pays", "HT"),
            ("travail/secteur", "N"),
            ("travail/metier", "Limpieza de noche"),
            ("travail/age", "25_39"),
            ("travail/genre", "f"),
            ("travail/anciennete", "14"),
            ("contrat_paie/contrat", "agence"),
            ("contrat_paie/paie_periode", "semaine"),
            ("contrat_paie/paie_montant", "3100"),
            ("contrat_paie/paie_suffit", "non"),
            ("contrat_paie/paie_retard", "parfois"),
            ("contrat_paie/retenues", "outils dette"),
            ("heures/heures_jour", "11"),
            ("heures/jours_semaine", "7"),
            ("heures/heures_supp", "0"),
            ("heures/repos", "non"),
            ("sante/dangers", "chimique"),
            ("sante/blessure", "non"),
            ("sante/violences", "discri"),
            ("libertes/syndicat", "non"),
            ("libertes/documents", "oui"),
            ("libertes/partir", "non"),
            ("libertes/plainte", "non"),
            ("fin/changer", "Un día libre."),
            ("fin/rappel", "non"),
        ],
    ),
    (
        "en",
        19,
        2,
        &[
            ("consentement_groupe/consentement", "oui"),
            ("travail/pays", "HT"),
            ("travail/lieu", "Plant 2"),
            ("travail/secteur", "C14"),
            ("travail/metier", "Quality control"),
            ("travail/age", "25_39"),
            ("travail/genre", "x"),
            ("travail/anciennete", "40"),
            ("contrat_paie/contrat", "ecrit_perm"),
            ("contrat_paie/contrat_compris", "oui"),
            ("contrat_paie/paie_periode", "mois"),
            ("contrat_paie/paie_montant", "26000"),
            ("contrat_paie/paie_suffit", "nsp"),
            ("contrat_paie/paie_retard", "jamais"),
            ("contrat_paie/retenues", "impots logement"),
            ("heures/heures_jour", "8.5"),
            ("heures/jours_semaine", "5"),
            ("heures/heures_supp", "4"),
            ("heures/supp_force", "parfois"),
            ("heures/supp_paye", "oui"),
            ("sante/dangers", "aucun"),
            ("sante/blessure", "non"),
            ("sante/violences", "aucune"),
            (
                "sante/protections",
                "maladie maternite accident retraite vacances",
            ),
            ("libertes/syndicat", "actif"),
            ("libertes/represailles", "nsp"),
            ("libertes/documents", "non"),
            ("libertes/partir", "oui"),
            ("libertes/enfants", "non"),
            ("libertes/plainte", "oui"),
            ("fin/changer", "Reopen the crèche."),
            ("fin/rappel", "oui"),
            ("fin/rappel_comment", "E-mail is fine."),
        ],
    ),
    (
        "fr",
        20,
        0,
        &[
            ("consentement_groupe/consentement", "oui"),
            ("travail/pays", "HT"),
            ("travail/lieu", "Quartier sur la colline"),
            ("travail/secteur", "T"),
            ("travail/metier", "Broderie à domicile"),
            ("travail/age", "40_54"),
            ("travail/genre", "f"),
            ("travail/anciennete", "120"),
            ("contrat_paie/contrat", "aucun"),
            ("contrat_paie/paie_periode", "piece"),
            ("contrat_paie/paie_montant", "8"),
            ("contrat_paie/paie_suffit", "non"),
            ("contrat_paie/paie_retard", "souvent"),
            ("contrat_paie/retenues", "outils"),
            ("heures/heures_jour", "7"),
            ("heures/jours_semaine", "7"),
            ("heures/heures_supp", "5"),
            ("heures/supp_force", "refus"),
            ("heures/supp_paye", "non"),
            ("heures/repos", "non"),
            ("sante/dangers", "autre"),
            (
                "sante/danger_autre",
                "Les yeux : pas de lumière après six heures.",
            ),
            ("sante/blessure", "non"),
            ("sante/violences", "aucune"),
            ("sante/protections", "aucune"),
            ("libertes/syndicat", "non"),
            ("libertes/partir", "oui"),
            ("libertes/enfants", "oui"),
            ("libertes/plainte", "nsp"),
            ("fin/changer", "Le prix de la pièce."),
            ("fin/rappel", "oui"),
            ("fin/rappel_comment", "Passer à la maison, un dimanche."),
        ],
    ),
];

/// One line of the three diaries.
enum Line {
    Note(&'static Note),
    Contact(&'static Contact),
    Response(&'static Response),
}

/// Everybody writes, in the order of the days, then sends: once after the quarrel, once at the end.
pub fn tell(delegates: &mut [Delegate]) -> Result<(), Failure> {
    let mut diary: Vec<(Timestamp, Line)> = Vec::new();
    diary.extend(
        NOTES
            .iter()
            .map(|note| (at(note.day, note.hour, 40), Line::Note(note))),
    );
    diary.extend(
        CONTACTS
            .iter()
            .map(|contact| (at(contact.day, 12, 15), Line::Contact(contact))),
    );
    diary.extend(
        RESPONSES
            .iter()
            .map(|response| (at(response.1, 19, 10), Line::Response(response))),
    );
    diary.sort_by_key(|(when, _)| *when);
    let quarrel_at = at(15, 20, 0);
    let mut shared = None;
    let (before, after): (Vec<_>, Vec<_>) =
        diary.into_iter().partition(|(when, _)| *when < quarrel_at);
    for (when, line) in before {
        let rec = write(delegates, when, &line)?;
        if let Line::Contact(_) = line {
            shared = shared.or(rec);
        }
    }
    quarrel(delegates, shared);
    send_all(delegates)?;
    for (when, line) in after {
        write(delegates, when, &line)?;
    }
    send_all(delegates)
}

/// The record that the line made; none when the card has not the questionnaire.
fn write(
    delegates: &mut [Delegate],
    when: Timestamp,
    line: &Line,
) -> Result<Option<RecordId>, Failure> {
    let by = match line {
        Line::Note(note) => note.by,
        Line::Contact(contact) => contact.by,
        Line::Response((_, _, by, _)) => *by,
    };
    let Some(delegate) = delegates.get_mut(by) else {
        return Ok(None);
    };
    Ok(Some(match line {
        Line::Note(note) => delegate.write(when, None, Kind::NOTE, note.fields()),
        Line::Contact(contact) => delegate.write(when, None, Kind::CONTACT, contact.fields()),
        Line::Response((lang, _, _, answers)) => match delegate.fill(when, FORM, lang, answers)? {
            Some(fields) => delegate.respond(when, FORM, fields),
            None => return Ok(None),
        },
    }))
}

fn send_all(delegates: &mut [Delegate]) -> Result<(), Failure> {
    for delegate in delegates {
        delegate.send()?;
    }
    Ok(())
}

/// Drops what was left empty.
fn filled(fields: impl IntoIterator<Item = (&'static str, Value)>) -> BTreeMap<String, Value> {
    fields
        .into_iter()
        .filter(|(_, value)| value != "")
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

impl Note {
    fn fields(&self) -> BTreeMap<String, Value> {
        filled([
            (fields::note::TITLE, json!(self.title)),
            (fields::note::TEXT, json!(self.text)),
            (
                fields::note::AT,
                json!(format!("2026-10-{:02}T{:02}:00", self.day, self.hour)),
            ),
            (fields::note::PLACE, json!(self.place)),
            (fields::note::PRESENT, json!(self.present)),
            (fields::note::THEMES, json!(self.themes)),
            (fields::note::SOURCE, json!(self.source)),
            (fields::note::CREDIBILITY, json!(self.credibility)),
            (fields::note::SENSITIVITY, json!(self.sensitivity)),
        ])
    }
}

impl Contact {
    fn fields(&self) -> BTreeMap<String, Value> {
        filled([
            (fields::contact::NAME, json!(self.name)),
            (fields::contact::ROLE, json!(self.role)),
            (fields::contact::ORGANISATION, json!(self.organisation)),
            (fields::contact::LANGUAGES, json!(self.languages)),
            (fields::contact::PHONE, json!(self.phone)),
            (fields::contact::REACH, json!(self.reach)),
            (
                fields::contact::CONSENT_AT,
                json!(format!("2026-10-{:02}", self.day)),
            ),
            (fields::contact::CONSENT_FOR, json!(self.consent_for)),
        ])
    }
}

/// Two delegates change one contact, neither knowing of the other's change: both values stay, to be settled.
fn quarrel(delegates: &mut [Delegate], shared: Option<RecordId>) {
    let ([marise, julian, ..], Some(contact)) = (delegates, shared) else {
        return;
    };
    julian.learn_from(marise);
    let reach = |how: &str| filled([(fields::contact::REACH, json!(how))]);
    marise.write(
        at(15, 20, 5),
        Some(contact),
        Kind::CONTACT,
        reach("Nouveau numéro à partir de lundi ; messagerie seulement."),
    );
    julian.write(
        at(15, 21, 30),
        Some(contact),
        Kind::CONTACT,
        reach("Solo por el asesor legal hasta nuevo aviso."),
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use vigie_model::{Credibility, Sensitivity, SourceReliability, Theme};

    use super::*;

    #[test]
    fn every_code_is_one_of_its_list() {
        for note in &NOTES {
            assert!(
                note.themes
                    .iter()
                    .all(|theme| theme.parse::<Theme>().is_ok()),
                "{}",
                note.title
            );
            assert!(
                note.source.parse::<SourceReliability>().is_ok(),
                "{}",
                note.title
            );
            assert!(
                note.credibility.parse::<Credibility>().is_ok(),
                "{}",
                note.title
            );
            assert!(
                note.sensitivity.parse::<Sensitivity>().is_ok(),
                "{}",
                note.title
            );
        }
        let languages: BTreeSet<&str> = RESPONSES.iter().map(|(lang, ..)| *lang).collect();
        assert_eq!(languages, BTreeSet::from(["en", "es", "fr"]));
    }
}
