//! How far what is written may be trusted, and by whom it may be read.
//!
//! Reliability of the source and credibility of what it says are judged apart, as in the Admiralty code (NATO AJP-2.1).

super::code_list! {
    /// Whether the source is to be trusted, from experience.
    SourceReliability {
        A = "A";
        B = "B";
        C = "C";
        D = "D";
        E = "E";
        F = "F";
    }
}

super::code_list! {
    /// Whether what is said is to be believed, whoever says it.
    Credibility {
        One = "1";
        Two = "2";
        Three = "3";
        Four = "4";
        Five = "5";
        Six = "6";
    }
}

super::code_list! {
    /// Who may read it once it is at the office.
    Sensitivity {
        /// May be published.
        Open = "open";
        Internal = "internal";
        /// Would endanger somebody.
        Secret = "secret";
    }
}
