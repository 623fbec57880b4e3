//! The declarations that the other files of this room are made of.

/// Declares a table of the file: the struct that holds it, its reader and its description, from
/// which come `config.example.toml`, the tables of docs/configuration.md and the JSON Schema.
///
/// ```text
/// /// What the section is about: above it in the example, below its heading in the reference.
/// "network" struct Network: PartialEq, Eq {
///     /// What the key is for. The first paragraph stands in the example, the reference has all.
///     timeout as "timeout_seconds": Duration = 60, in 1..=3600;
///     check compare_timeouts: connect_timeout, timeout;
/// }
/// ```
///
/// A key is `FIELD as "KEY": TYPE = DEFAULT, in RANGE, by READER as FORM, eg SAMPLE, called NAME;`,
/// of which only the field and the type are needed; NAME is a constant for messages that print the
/// key. Without a default the key is required; `= none` says
/// that it may be left out without having one. Behind the keys may stand `..FIELD: TYPE;` for the
/// keys of another section (without their defaults), `plus FIELD: TYPE = FUNCTION;` for what the
/// table itself says, `must FUNCTION;` for what holds of the keys that are written, and
/// `check FUNCTION: KEYS;` for what must hold of values, judged once these are read.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $path:literal struct $name:ident $(: $($derive:ident),+)? {
            $(
                $(#[doc = $doc:literal])+
                $field:ident $(as $key:literal)?: $type:ty $(= $default:tt)?
                    $(, in $range:expr)? $(, by $reader:path $(as $form:expr)?)? $(, eg $sample:tt)?
                    $(, called $called:ident)?;
            )+
            $(..$rest:ident: $rest_type:ty;)?
            $(plus $plus:ident: $plus_type:ty = $make:path;)?
            $(must $must:path;)?
            $(check $check:path: $($needs:ident),+;)*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug $(, $($derive),+)?)]
        pub(crate) struct $name {
            $($(#[doc = $doc])+ pub(crate) $field: $type,)+
            $(
                /// What is set of the keys of another section.
                pub(crate) $rest: $rest_type,
            )?
            $(
                /// Not a key: what the table itself says.
                pub(crate) $plus: $plus_type,
            )?
        }

        impl $name {
            $(section!(@called $path, section!(@name $field $($key)?) $(, $called)?);)+

            pub(super) const SECTION: $crate::config::keys::Section = $crate::config::keys::Section {
                path: $path,
                keys: &[$($crate::config::keys::Key {
                    name: section!(@name $field $($key)?),
                    absent: section!(@absent $($default)?),
                    form: section!(@form $type $(, in $range)? $($(, as $form)?)?),
                    #[cfg(test)]
                    doc: &[$($doc),+],
                    #[cfg(test)]
                    sample: section!(@sample $($sample)?),
                }),+],
                rest: section!(@rest $($rest_type)?),
                #[cfg(test)]
                about: &[$($about),+],
            };

            fn read_table(table: &$crate::config::read::Table<'_>) -> Option<Self> {
                $(let $field = table.read_key::<$type>(
                    section!(@name $field $($key)?),
                    section!(@reader $type $(, in $range)? $(, by $reader)?),
                );)+
                $(let $rest = <$rest_type>::read_table(table);)?
                let sound: &[Option<()>] = &[
                    $($must(table),)?
                    $(if let ($(Some($needs),)+) = ($(&$needs,)+) {
                        $check(table, $($needs),+)
                    } else {
                        Some(())
                    },)*
                ];
                let read = Self {
                    $($field: $field?,)+
                    $($rest: $rest?,)?
                    $($plus: $make(table),)?
                };
                sound.iter().copied().collect::<Option<()>>().map(|()| read)
            }
        }

        impl $crate::config::read::ConfigValue for $name {
            const FORM: &'static $crate::config::keys::Form =
                &$crate::config::keys::Form::Table(&Self::SECTION);

            fn read(node: &$crate::config::read::Node<'_>) -> Option<Self> {
                Self::read_table(&node.open_table(&Self::SECTION)?)
            }
        }
    };
    (@called $path:literal, $key:expr) => {};
    (@called $path:literal, $key:expr, $called:ident) => {
        /// The key with its section, for messages.
        pub(crate) const $called: &'static str = concat!($path, ".", $key);
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $key:literal) => { $key };
    (@absent) => { $crate::config::keys::Absent::Refused };
    (@absent none) => { $crate::config::keys::Absent::Unset };
    (@absent $default:tt) => { $crate::config::keys::Absent::Default(stringify!($default)) };
    (@sample) => { None };
    (@sample $sample:tt) => { Some(stringify!($sample)) };
    (@rest) => { None };
    (@rest $rest:ty) => { Some(&<$rest>::SECTION) };
    (@form $type:ty) => { <$type as $crate::config::read::ConfigValue>::FORM };
    (@form $type:ty, in $range:expr) => { &$crate::config::keys::Form::Whole($range) };
    (@form $type:ty, as $form:expr) => { $form };
    (@reader $type:ty) => { <$type as $crate::config::read::ConfigValue>::read };
    (@reader $type:ty, in $range:expr) => { |node| node.read_whole($range) };
    (@reader $type:ty, by $reader:path) => { $reader };
}
pub(super) use section;

/// Declares an enum whose variants are written as fixed words in the file.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub(crate) enum $name {
            $($(#[$about])* $variant),+
        }

        impl $name {
            /// The word in the file.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl $crate::config::read::Words for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$((Self::$variant.as_str(), Self::$variant)),+];
        }
    };
}
pub(super) use words;
