//! What a question is, and the macro that writes one from one line.

use std::{any::Any, future::Future, pin::Pin};

use serde::{Serialize, de::DeserializeOwned};

use crate::{Failure, codec::encode};

/// In whose turn a question is answered: so that a search never waits for a network, and two keystrokes never overtake each
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Reads memory: at once.
    Read,
    /// Changes something here: one after the other, in the order asked.
    Write,
    /// Waits for a server: beside the others.
    Network,
}

/// A question, which knows what its answer is.
pub trait Question: Into<Self::Family> + 'static {
    /// The enum in which it travels.
    type Family: Serialize + DeserializeOwned;
    type Answer: Serialize + DeserializeOwned + 'static;
    const LANE: Lane;
}

/// Whoever answers a question.
pub trait Answers<Q: Question> {
    fn answer(&self, question: Q) -> impl Future<Output = Result<Q::Answer, Failure>>;
}

/// An answer on its way, encoded: a `Result` of the question's answer or of a [`Failure`].
pub type Reply<'a> = Pin<Box<dyn Future<Output = Vec<u8>> + 'a>>;

/// Boxed, each by itself: one future with a state for each question of the protocol would be as large as all of them.
pub fn reply<'a, A: Answers<Q>, Q: Question>(by: &'a A, question: Q) -> Reply<'a> {
    Box::pin(async move { encode(&by.answer(question).await) })
}

/// An answer on its way within one programme: a `Result` of the question's answer or of a [`Failure`].
pub type Spoken<'a> = Pin<Box<dyn Future<Output = Box<dyn Any>> + 'a>>;

/// As [`reply`], and nothing is encoded.
pub fn speak<'a, A: Answers<Q>, Q: Question>(by: &'a A, question: Q) -> Spoken<'a> {
    Box::pin(async move { Box::new(by.answer(question).await) as Box<dyn Any> })
}

/// Questions of one family: of each line a struct, its place in the enum in which it travels, and its [`Question`].
///
/// ```text
/// questions! {
///     /// What is asked of the door.
///     pub enum DoorQuestion;
///
///     /// Where the device stands.
///     Read GetStatus -> Status;
///     /// `0`: never.
///     Write AutoLock { minutes: u32 } -> ();
/// }
/// ```
macro_rules! questions {
    (
        $(#[$about:meta])* pub enum $family:ident;
        $( $(#[$doc:meta])* $lane:ident $name:ident $({ $($fields:tt)* })? -> $answer:ty; )*
    ) => {
        $( $crate::question::questions!(@struct $(#[$doc])* $name $({ $($fields)* })?); )*

        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub enum $family { $( $name($name), )* }

        impl $family {
            pub fn lane(&self) -> $crate::Lane {
                match self { $( $family::$name(_) => <$name as $crate::Question>::LANE, )* }
            }

            /// Has `by` answer it.
            pub fn answered_by<'a, A>(self, by: &'a A) -> $crate::Reply<'a>
            where $( A: $crate::Answers<$name>, )*
            {
                match self { $( $family::$name(question) => $crate::question::reply(by, question), )* }
            }

            /// The same, for somebody in the same programme.
            pub fn answered_here<'a, A>(self, by: &'a A) -> $crate::Spoken<'a>
            where $( A: $crate::Answers<$name>, )*
            {
                match self { $( $family::$name(question) => $crate::question::speak(by, question), )* }
            }
        }

        $(
            impl From<$name> for $family {
                fn from(question: $name) -> $family { $family::$name(question) }
            }

            impl $crate::Question for $name {
                type Family = $family;
                type Answer = $answer;
                const LANE: $crate::Lane = $crate::Lane::$lane;
            }
        )*
    };
    (@struct $(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name;
    };
    (@struct $(#[$doc:meta])* $name:ident { $( $(#[$of:meta])* $field:ident : $type:ty ),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $( $(#[$of])* pub $field: $type, )* }
    };
}
pub(crate) use questions;

/// Of each line, what answers a question: `Question { its fields } => a result of its answer`.
///
/// ```text
/// answers! { impl<H: Host> Notebook<H>, |notebook|
///     GetStatus => notebook.status().await;
/// }
/// ```
#[macro_export]
macro_rules! answers {
    (impl<$of:ident: $is:ident> $who:ty, |$me:ident| $( $name:ident $({ $($fields:tt)* })? => $answer:expr; )*) => {
        $(
            impl<$of: $is> $crate::Answers<$crate::$name> for $who {
                #[allow(unused_variables, reason = "some are answered without it")]
                async fn answer(
                    &self,
                    $crate::$name $({ $($fields)* })?: $crate::$name,
                ) -> Result<<$crate::$name as $crate::Question>::Answer, $crate::Failure> {
                    let $me = self;
                    $answer
                }
            }
        )*
    };
}
