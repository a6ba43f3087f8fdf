//! What `wit-bindgen` makes of `wit/`: the types a module speaks and the glue that exports it. Nobody writes against this
//! module by hand; its types are re-exported under plain names at the crate's root, its glue is used by the two macros.
//!
//! Both worlds export the interface `module`, and one crate cannot hold its export macro twice. So there are three worlds
//! here, one an exported interface; what a module exports is described by two of them, which `wit-component` adds up to
//! the world of `wit/`.
#![allow(
    missing_docs,
    missing_debug_implementations,
    unsafe_code,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::restriction
)]

pub mod module {
    wit_bindgen::generate!({
        inline: "
            package ps-stream:sdk-module;
            world any-module {
                import ps-stream:transform/telemetry@0.1.0;
                export ps-stream:transform/module@0.1.0;
            }
        ",
        path: "../wit",
        world: "ps-stream:sdk-module/any-module",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_module",
        additional_derives: [PartialEq, Eq],
    });
}

pub mod splitting {
    wit_bindgen::generate!({
        inline: "
            package ps-stream:sdk-splitting;
            world any-splitter { export ps-stream:transform/splitting@0.1.0; }
        ",
        path: "../wit",
        world: "ps-stream:sdk-splitting/any-splitter",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_splitting",
        with: { "ps-stream:transform/types@0.1.0": crate::bindings::module::ps_stream::transform::types },
        additional_derives: [PartialEq, Eq],
    });
}

pub mod mapping {
    wit_bindgen::generate!({
        inline: "
            package ps-stream:sdk-mapping;
            world any-mapper { export ps-stream:transform/mapping@0.1.0; }
        ",
        path: "../wit",
        world: "ps-stream:sdk-mapping/any-mapper",
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_mapping",
        with: { "ps-stream:transform/types@0.1.0": crate::bindings::module::ps_stream::transform::types },
        additional_derives: [PartialEq, Eq],
    });
}
