//! The page of a partner: one questionnaire, by a link.

fn main() {
    vigie::start();
}
