//! What the columns that every note, contact, … has are called, in the languages that Vigie is whole in.

use vigie_model::{Credibility, Kind, Sensitivity, SourceReliability, Theme};

use crate::questions::{Choice, Labels};

/// A column that comes with Vigie, not with a questionnaire.
pub(super) struct Known {
    /// As in an XLSForm: `text`, `date`, `select_multiple`, …
    pub(super) kind: &'static str,
    /// French, English, Spanish.
    labels: [&'static str; 3],
}

impl Known {
    pub(super) fn labels(&self) -> Labels {
        let [fr, en, es] = self.labels.map(str::to_owned);
        Labels::from([
            ("fr".to_owned(), fr),
            ("en".to_owned(), en),
            ("es".to_owned(), es),
        ])
    }
}

/// What is known of a column that Vigie adds.
pub(super) fn added(column: &str) -> Option<Known> {
    let (kind, labels) = match column {
        "_record" => (
            "text",
            [
                "Identifiant de l’entrée",
                "Identifier of the entry",
                "Identificador de la entrada",
            ],
        ),
        "_mission" => ("text", ["Mission", "Mission", "Misión"]),
        "_created" => (
            "dateTime",
            ["Créée le (UTC)", "Created at (UTC)", "Creada el (UTC)"],
        ),
        "_updated" => (
            "dateTime",
            [
                "Modifiée le (UTC)",
                "Changed at (UTC)",
                "Modificada el (UTC)",
            ],
        ),
        "_by" => ("text", ["Par", "By", "Por"]),
        "_deleted" => (
            "text",
            [
                "deleted : supprimée; survived : supprimée par quelqu’un qui n’avait pas vu la dernière modification",
                "deleted: deleted; survived: deleted by somebody who had not seen the last change",
                "deleted: eliminada; survived: eliminada por alguien que no había visto el último cambio",
            ],
        ),
        "_conflicts" => (
            "json",
            [
                "Champs dont plusieurs valeurs attendent un choix, en JSON",
                "Fields with several values that await a choice, as JSON",
                "Campos con varios valores a la espera de una elección, en JSON",
            ],
        ),
        "_form_version" => (
            "text",
            [
                "Version du questionnaire",
                "Version of the questionnaire",
                "Versión del cuestionario",
            ],
        ),
        "_file" => (
            "text",
            [
                "Fichier joint dans cette archive",
                "Attached file in this archive",
                "Archivo adjunto en este archivo comprimido",
            ],
        ),
        "_lang" => (
            "text",
            [
                "Langue de la réponse",
                "Language of the response",
                "Idioma de la respuesta",
            ],
        ),
        "_finished" => (
            "integer",
            [
                "Terminée le (ms depuis 1970, UTC)",
                "Finished at (ms since 1970, UTC)",
                "Terminada el (ms desde 1970, UTC)",
            ],
        ),
        "_consented" => (
            "integer",
            [
                "Consentement donné le (ms depuis 1970, UTC)",
                "Consent given at (ms since 1970, UTC)",
                "Consentimiento dado el (ms desde 1970, UTC)",
            ],
        ),
        _ => return None,
    };
    Some(Known { kind, labels })
}

/// What is known of a field that every record of its kind has.
pub(super) fn typed(kind: &Kind, field: &str) -> Option<Known> {
    let (kind, labels) = match (kind.as_str(), field) {
        ("note", "title") => ("text", ["Titre", "Title", "Título"]),
        ("note", "text") => ("text", ["Texte", "Text", "Texto"]),
        ("note", "at") => (
            "dateTime",
            [
                "Date et heure, selon la personne",
                "Date and time, as the person said",
                "Fecha y hora, según la persona",
            ],
        ),
        ("note", "place") => (
            "text",
            ["Lieu, en mots", "Place, in words", "Lugar, en palabras"],
        ),
        ("note", "themes") => ("select_multiple", ["Thèmes", "Themes", "Temas"]),
        ("note", "present") => (
            "text",
            [
                "Qui était là, par rôle",
                "Who was there, by role",
                "Quién estaba, por función",
            ],
        ),
        ("note", "source") => (
            "select_one",
            [
                "Fiabilité de la source",
                "Reliability of the source",
                "Fiabilidad de la fuente",
            ],
        ),
        ("note", "credibility") => (
            "select_one",
            [
                "Crédibilité de l’information",
                "Credibility of the information",
                "Credibilidad de la información",
            ],
        ),
        ("note", "sensitivity") => ("select_one", ["Sensibilité", "Sensitivity", "Sensibilidad"]),
        ("contact", "name") => (
            "text",
            [
                "Nom ou pseudonyme",
                "Name or pseudonym",
                "Nombre o seudónimo",
            ],
        ),
        ("contact", "role") => ("text", ["Rôle", "Role", "Función"]),
        ("contact", "organisation") => ("text", ["Organisation", "Organisation", "Organización"]),
        ("contact", "languages") => ("text", ["Langues", "Languages", "Idiomas"]),
        ("contact", "phone") => ("text", ["Téléphone", "Phone", "Teléfono"]),
        ("contact", "email") => ("text", ["Courriel", "E-mail", "Correo electrónico"]),
        ("contact", "messaging") => ("text", ["Messagerie", "Messaging", "Mensajería"]),
        ("contact", "reach") => (
            "text",
            [
                "Comment joindre sans risque",
                "How to reach safely",
                "Cómo contactar sin riesgo",
            ],
        ),
        ("contact", "consent_at") => (
            "date",
            [
                "Consentement demandé le",
                "Consent asked on",
                "Consentimiento pedido el",
            ],
        ),
        ("contact", "consent_for") => (
            "text",
            [
                "Consentement donné pour",
                "Consent given for",
                "Consentimiento dado para",
            ],
        ),
        ("contact", "notes") => ("text", ["Notes", "Notes", "Notas"]),
        ("attachment", "name") => (
            "text",
            ["Nom du fichier", "File name", "Nombre del archivo"],
        ),
        ("attachment", "type") => ("text", ["Type de média", "Media type", "Tipo de medio"]),
        ("attachment", "size") => (
            "integer",
            ["Taille en octets", "Size in bytes", "Tamaño en bytes"],
        ),
        _ => return None,
    };
    Some(Known { kind, labels })
}

/// The list that a field's codes stand in.
pub(super) fn choices(kind: &Kind, field: &str) -> Vec<Choice> {
    fn list<T: Copy>(
        all: &[T],
        code: fn(T) -> &'static str,
        label: fn(&T, &str) -> &'static str,
    ) -> Vec<Choice> {
        let labels = |item: &T| {
            let label = |lang: &str| (lang.to_owned(), label(item, lang).to_owned());
            vigie_model::Lang::COMPLETE.into_iter().map(label).collect()
        };
        all.iter()
            .map(|item| Choice {
                code: code(*item).to_owned(),
                labels: labels(item),
            })
            .collect()
    }
    match (kind.as_str(), field) {
        ("note", "themes") => list(Theme::ALL, Theme::code, Theme::label),
        ("note", "source") => list(
            SourceReliability::ALL,
            SourceReliability::code,
            SourceReliability::label,
        ),
        ("note", "credibility") => list(Credibility::ALL, Credibility::code, Credibility::label),
        ("note", "sensitivity") => list(Sensitivity::ALL, Sensitivity::code, Sensitivity::label),
        _ => Vec::new(),
    }
}
