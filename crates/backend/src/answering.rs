//! How what answers a question is written: one line each.

/// Of each line, what answers a question: `Question { its fields } => a result of its answer`.
macro_rules! answers {
    ($who:ty, |$me:ident| $( $name:ident $({ $($fields:tt)* })? => $answer:expr; )*) => {
        $(
            impl<H: $crate::Host> $crate::protocol::Answers<$crate::protocol::$name> for $who {
                #[allow(unused_variables, reason = "some are answered without it")]
                async fn answer(
                    &self,
                    $crate::protocol::$name $({ $($fields)* })?: $crate::protocol::$name,
                ) -> Result<
                    <$crate::protocol::$name as $crate::protocol::Question>::Answer,
                    $crate::protocol::Failure,
                > {
                    let $me = self;
                    $answer
                }
            }
        )*
    };
}
pub(crate) use answers;
