//! How far what is written may be trusted, and by whom it may be read.
//!
//! Reliability of the source and credibility of what it says are judged apart, as in the Admiralty code (NATO AJP-2.1).

super::code_list! {
    /// Whether the source is to be trusted, from experience.
    SourceReliability {
        A = "A": "Tout à fait fiable", "Completely reliable", "Totalmente fiable";
        B = "B": "Généralement fiable", "Usually reliable", "Habitualmente fiable";
        C = "C": "Assez fiable", "Fairly reliable", "Bastante fiable";
        D = "D": "Rarement fiable", "Not usually reliable", "Pocas veces fiable";
        E = "E": "Peu fiable", "Unreliable", "Poco fiable";
        F = "F": "Fiabilité impossible à juger", "Reliability cannot be judged", "Fiabilidad imposible de juzgar";
    }
}

super::code_list! {
    /// Whether what is said is to be believed, whoever says it.
    Credibility {
        One = "1": "Confirmé par d’autres sources", "Confirmed by other sources", "Confirmado por otras fuentes";
        Two = "2": "Probablement vrai", "Probably true", "Probablemente cierto";
        Three = "3": "Peut-être vrai", "Possibly true", "Posiblemente cierto";
        Four = "4": "Douteux", "Doubtful", "Dudoso";
        Five = "5": "Improbable", "Improbable", "Improbable";
        Six = "6": "Impossible à juger", "Truth cannot be judged", "Imposible de juzgar";
    }
}

super::code_list! {
    /// Who may read it once it is at the office.
    Sensitivity {
        /// May be published.
        Open = "open": "Public", "Open", "Público";
        Internal = "internal": "Interne", "Internal", "Interno";
        /// Would endanger somebody.
        Secret = "secret": "Secret", "Secret", "Secreto";
    }
}
