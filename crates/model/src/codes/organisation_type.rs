//! What an organisation is, to those who work with it.

super::code_list! {
    /// What an organisation is.
    OrganisationType {
        Union = "union";
        Federation = "federation";
        Association = "association";
        Ngo = "ngo";
        Employer = "employer";
        Buyer = "buyer";
        Institution = "institution";
    }
}
