//! Lists a person picks from. What is stored is a code; its label in each language is in `locales/`, under `codes`.
//!
//! A stored value is the code as text, never the label, and an unknown code in a stored value survives like any text.

mod grading;
mod mission_kind;
mod organisation_type;
mod theme;

pub use grading::{Credibility, Sensitivity, SourceReliability};
pub use mission_kind::MissionKind;
pub use organisation_type::OrganisationType;
pub use theme::Theme;

/// A text that does not stand in the list.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not in the list: {0:?}")]
pub struct UnknownCode(pub String);

/// Makes an enum with its codes.
macro_rules! code_list {
    (
        $(#[$doc:meta])*
        $name:ident { $( $(#[$item_doc:meta])* $item:ident = $code:literal; )+ }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $( $(#[$item_doc])* #[serde(rename = $code)] $item, )+
        }

        impl $name {
            /// The whole list, in the order in which it is shown.
            pub const ALL: &'static [$name] = &[$( $name::$item, )+];

            /// What is stored.
            pub fn code(self) -> &'static str {
                match self { $( $name::$item => $code, )+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::codes::UnknownCode;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                match code {
                    $( $code => Ok($name::$item), )+
                    other => Err(crate::codes::UnknownCode(other.to_owned())),
                }
            }
        }
    };
}
use code_list;

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;

    /// Codes are stored on devices and in files for years: a change here must be seen.
    #[test]
    fn codes_are_as_they_were() {
        let mut table = String::new();
        macro_rules! list {
            ($name:ident) => {
                for item in $name::ALL {
                    writeln!(table, "{} {}", stringify!($name), item.code()).unwrap();
                }
            };
        }
        list!(MissionKind);
        list!(Theme);
        list!(SourceReliability);
        list!(Credibility);
        list!(Sensitivity);
        list!(OrganisationType);
        insta::assert_snapshot!("codes", table);
    }

    #[test]
    fn every_code_reads_back_as_text_and_as_json() {
        for theme in Theme::ALL {
            assert_eq!(theme.code().parse(), Ok(*theme));
            let json = serde_json::to_string(theme).unwrap();
            assert_eq!(json, format!("\"{theme}\""));
            assert_eq!(serde_json::from_str::<Theme>(&json).unwrap(), *theme);
        }
        assert_eq!("???".parse::<Theme>(), Err(UnknownCode("???".into())));
    }
}
