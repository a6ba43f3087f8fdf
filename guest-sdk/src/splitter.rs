//! What a splitter is, and how a crate exports one.

use serde::de::DeserializeOwned;

use crate::{Description, Message, Progress, Rejection};

/// A message being cut into its transactions as it arrives. [`TransactionSplitter`](crate::TransactionSplitter) does the
/// work; a splitter of your own says what is different about its transactions.
///
/// ```
/// use ps_stream_sdk::{Description, Message, NoConfig, Progress, Rejection, Splitter, TransactionSplitter, export_splitter};
///
/// /// Sends every transaction to the topic `audit`.
/// struct ToAudit(TransactionSplitter);
///
/// impl Splitter for ToAudit {
///     type Config = NoConfig;
///
///     fn describe() -> Description {
///         Description::new("to-audit", "1.0.0", "Sends every transaction to the topic audit")
///     }
///
///     fn open(_: &NoConfig, _: Message) -> Self {
///         Self(TransactionSplitter::default())
///     }
///
///     fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection> {
///         let mut progress = self.0.push(chunk)?;
///         for transaction in &mut progress.transactions {
///             transaction.topic = Some("audit".into());
///         }
///         Ok(progress)
///     }
///
///     fn finish(&mut self) -> Result<Progress, Rejection> {
///         self.0.finish()
///     }
/// }
///
/// export_splitter!(ToAudit);
/// ```
pub trait Splitter: Sized + 'static {
    /// Its configuration, read from JSON; [`NoConfig`](crate::NoConfig) for none.
    type Config: DeserializeOwned + 'static;

    /// What the module is. Asked before there is a configuration.
    fn describe() -> Description;

    /// A message begins. Several may be open at a time.
    fn open(config: &Self::Config, message: Message) -> Self;

    /// The next bytes of the body, cut anywhere. After a rejection nothing is asked any more.
    fn push(&mut self, chunk: &[u8]) -> Result<Progress, Rejection>;

    /// The body has ended.
    fn finish(&mut self) -> Result<Progress, Rejection>;
}

/// Makes a crate a splitter: `export_splitter!(Type)`, once in a crate whose `crate-type` has `cdylib`, where `Type` is a
/// [`Splitter`], as in the example there. Does nothing but check that when the crate is built natively.
#[macro_export]
macro_rules! export_splitter {
    ($splitter:ty) => {
        const _: fn(&<$splitter as $crate::Splitter>::Config, $crate::Message) -> $splitter =
            <$splitter as $crate::Splitter>::open;

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, missing_debug_implementations)]
        const _: () = {
            ::std::thread_local! {
                static CONFIG: $crate::export::Once<<$splitter as $crate::Splitter>::Config> =
                    const { $crate::export::Once::new() };
            }

            struct __PsStreamModule;

            impl $crate::bindings::module::exports::ps_stream::transform::module::Guest for __PsStreamModule {
                fn describe() -> $crate::Description {
                    $crate::export::log_panics();
                    <$splitter as $crate::Splitter>::describe()
                }

                fn configure(config: ::std::string::String) -> ::std::result::Result<(), ::std::string::String> {
                    $crate::export::log_panics();
                    let config = $crate::export::read_config(&config)?;
                    CONFIG.with(|once| $crate::export::configure(once, config))
                }
            }

            impl $crate::bindings::splitting::exports::ps_stream::transform::splitting::Guest for __PsStreamModule {
                type Splitter = __PsStreamOpen;
            }

            struct __PsStreamOpen(::std::cell::RefCell<$splitter>);

            impl $crate::bindings::splitting::exports::ps_stream::transform::splitting::GuestSplitter for __PsStreamOpen {
                fn new(message: $crate::Message) -> Self {
                    let open = |config: &_| <$splitter as $crate::Splitter>::open(config, message);
                    Self(::std::cell::RefCell::new(CONFIG.with(|once| open($crate::export::configured(once)))))
                }

                fn push(
                    &self,
                    chunk: ::std::vec::Vec<u8>,
                ) -> ::std::result::Result<$crate::Progress, $crate::Rejection> {
                    $crate::Splitter::push(&mut *self.0.borrow_mut(), &chunk)
                }

                fn finish(&self) -> ::std::result::Result<$crate::Progress, $crate::Rejection> {
                    $crate::Splitter::finish(&mut *self.0.borrow_mut())
                }
            }

    $crate::bindings::module::export_module!(__PsStreamModule with_types_in $crate::bindings::module);
    $crate::bindings::splitting::export_splitting!(__PsStreamModule with_types_in $crate::bindings::splitting);
        };
    };
}
