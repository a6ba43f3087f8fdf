//! What a mapper is, and how a crate exports one.

use serde::de::DeserializeOwned;

use crate::{Change, Description, Rejection, Transaction};

/// Turns transactions into changes of keyed rows. [`Mapping`](crate::Mapping) does the work; a mapper of your own says what
/// is different about its rows.
///
/// ```
/// use ps_stream_sdk::{
///     Change, Description, KeyRules, Mapper, Mapping, NoConfig, Rejection, Transaction, export_mapper, rowset,
/// };
///
/// /// Currencies, with their codes in lower case.
/// struct Currencies(KeyRules);
///
/// impl Mapper for Currencies {
///     type Config = NoConfig;
///
///     fn describe() -> Description {
///         Description {
///             record_types: vec!["CURRENCY_CD_TBL".into()],
///             ..Description::new("currencies", "1.0.0", "Currencies by their code in lower case")
///         }
///     }
///
///     fn new(_: NoConfig) -> Result<Self, String> {
///         Ok(Self(KeyRules::new([("CURRENCY_CD_TBL", ["CURRENCY_CD"])])?))
///     }
///
///     fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection> {
///         let mut rowset = rowset::read(&transaction.document)?;
///         for row in &mut rowset.rows {
///             if let Some(code) = row.field_mut("CURRENCY_CD") {
///                 *code = code.to_lowercase().into();
///             }
///         }
///         Mapping::new(&self.0).changes(&rowset)
///     }
/// }
///
/// export_mapper!(Currencies);
/// ```
pub trait Mapper: Sized + 'static {
    /// Its configuration, read from JSON; [`NoConfig`](crate::NoConfig) for none.
    type Config: DeserializeOwned;

    /// What the module is. Asked before there is a configuration.
    fn describe() -> Description;

    /// Takes the configuration. The error is one line for the person who wrote it.
    fn new(config: Self::Config) -> Result<Self, String>;

    /// What a transaction does to which rows, in the order it is to be done. Must not depend on what was asked before: after
    /// a crash the same transaction comes again, among others.
    fn map(&self, transaction: &Transaction) -> Result<Vec<Change>, Rejection>;
}

/// Makes a crate a mapper: `export_mapper!(Type)`, once in a crate whose `crate-type` has `cdylib`, where `Type` is a
/// [`Mapper`], as in the example there. Does nothing but check that when the crate is built natively.
#[macro_export]
macro_rules! export_mapper {
    ($mapper:ty) => {
        const _: fn(<$mapper as $crate::Mapper>::Config) -> ::std::result::Result<$mapper, ::std::string::String> =
            <$mapper as $crate::Mapper>::new;

        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, missing_debug_implementations)]
        const _: () = {
            ::std::thread_local! {
                static MAPPER: $crate::export::Once<$mapper> = const { $crate::export::Once::new() };
            }

            struct __PsStreamModule;

            impl $crate::bindings::module::exports::ps_stream::transform::module::Guest for __PsStreamModule {
                fn describe() -> $crate::Description {
                    $crate::export::log_panics();
                    <$mapper as $crate::Mapper>::describe()
                }

                fn configure(config: ::std::string::String) -> ::std::result::Result<(), ::std::string::String> {
                    $crate::export::log_panics();
                    let mapper = <$mapper as $crate::Mapper>::new($crate::export::read_config(&config)?)?;
                    MAPPER.with(|once| $crate::export::configure(once, mapper))
                }
            }

            impl $crate::bindings::mapping::exports::ps_stream::transform::mapping::Guest for __PsStreamModule {
                fn map_batch(
                    batch: ::std::vec::Vec<$crate::Transaction>,
                ) -> ::std::vec::Vec<::std::result::Result<::std::vec::Vec<$crate::Change>, $crate::Rejection>>
                {
                    MAPPER.with(|once| $crate::export::map_batch($crate::export::configured(once), &batch))
                }
            }

    $crate::bindings::module::export_module!(__PsStreamModule with_types_in $crate::bindings::module);
    $crate::bindings::mapping::export_mapping!(__PsStreamModule with_types_in $crate::bindings::mapping);
        };
    };
}
