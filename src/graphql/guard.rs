//! The guard: reads a document before it is validated, and refuses what would cost too much to read on.
//!
//! async-graphql walks every spread of a fragment again, in validation and in its own limits. A document of 28 fragments
//! that each spread the next one twice, less than a kilobyte, keeps a core busy for a minute. So the counts are taken
//! here first, each fragment once ([`measure`](self), memoised and saturating), in time linear in the document.
//!
//! Three gates, in this order: the text ([`Limits::bytes`], [`Limits::tokens`], [`Limits::nesting`], no NUL), the parser,
//! the counts. Introspection is counted apart from the rest: it is deeper than any good query, and its danger is another
//! one, circles through lists (`__type { fields { type { fields …`).

mod lexer;
mod measure;
mod repeated;
#[cfg(test)]
pub(crate) mod tests;

use async_graphql::{
    ErrorExtensionValues, Name, Pos, ServerError, Value, Variables,
    parser::{self, parse_query, types::ExecutableDocument},
};

use super::code::ErrorCode;

/// What one document may ask for. Counts are of the expanded document: a fragment counts as often as it is spread. Sums run
/// over all operations, because validation visits all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Length of the document in bytes of UTF-8. 64 KiB.
    pub bytes: u32,
    /// Lexical tokens: names, numbers, strings, punctuation; comments and commas are free. 5 000.
    pub tokens: u32,
    /// Brackets of any kind open at one place; keeps every recursion of the parser shallow. 60.
    pub nesting: u32,
    /// Operations of one document. 20.
    pub operations: u32,
    /// Fragment definitions of one document. 100.
    pub fragments: u32,
    /// Variable definitions of all operations. 200.
    pub variables: u32,
    /// Fields of an operation's root: each may be a whole query or mutation of its own. 40.
    pub root_fields: u32,
    /// Directives. 20.
    pub directives: u32,
    /// Fields, fragment spreads and inline fragments outside introspection. 2 000.
    pub fields: u32,
    /// Aliases outside introspection. 30.
    pub aliases: u32,
    /// Nested fields outside introspection; fragments add none. 15.
    pub depth: u32,
    /// Values in arguments: one for each scalar, list or object, and one more for each 64 bytes of text. A variable counts
    /// with its whole value wherever it is used, because validation copies it there. 100 000.
    pub input_values: u32,
    /// Aliases under `__schema` and `__type`. 10.
    pub introspection_aliases: u32,
    /// Nested fields under `__schema` and `__type`; the standard introspection query needs 15. 20.
    pub introspection_depth: u32,
    /// How often one path goes through `fields`, `inputFields`, `interfaces` or `possibleTypes`: more than twice is a
    /// circle, the rule of graphql-js. 2.
    pub introspection_lists: u32,
    /// Expected size of the introspection answer, in fields, with typical list lengths; the standard introspection query
    /// comes to about 200 000. 500 000.
    pub introspection_cost: u32,
    /// Points: each field costs one, a list its length times what it holds. async-graphql adds them up while it validates, by
    /// the `complexity` of each field, so that the [extension](super::extension) holds documents to it and not the guard.
    /// 20 000.
    pub cost: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 64 * 1024,
            tokens: 5_000,
            nesting: 60,
            operations: 20,
            fragments: 100,
            variables: 200,
            root_fields: 40,
            directives: 20,
            fields: 2_000,
            aliases: 30,
            depth: 15,
            input_values: 100_000,
            introspection_aliases: 10,
            introspection_depth: 20,
            introspection_lists: 2,
            introspection_cost: 500_000,
            cost: 20_000,
        }
    }
}

/// What an admitted document asks for; the fields are those of [`Limits`]. Counts stop at `u32::MAX`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is described by its limit")]
pub struct DocumentCost {
    pub operations: u32,
    pub fragments: u32,
    pub variables: u32,
    pub root_fields: u32,
    pub directives: u32,
    pub fields: u32,
    pub aliases: u32,
    pub depth: u32,
    pub input_values: u32,
    pub introspection_aliases: u32,
    pub introspection_depth: u32,
    pub introspection_lists: u32,
    pub introspection_cost: u32,
}

/// Why a document was not admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardError {
    /// A count is over its limit.
    OverLimit {
        /// The name of the limit, as in [`Limits`], in camel case.
        limit: &'static str,
        /// What the document asks for; counting may have stopped at `u32::MAX`.
        value: u32,
        /// What is allowed.
        maximum: u32,
    },
    /// A fragment contains itself.
    FragmentCycle {
        /// One fragment of the circle.
        fragment: Name,
        /// Where it is defined.
        position: Pos,
    },
    /// A mutation is asked for twice under one name.
    Repeated {
        /// The name.
        key: Name,
        /// Where it stands the second time.
        position: Pos,
    },
    /// A text contains NUL, which PostgreSQL cannot store.
    Nul {
        /// The variable and the way into it (`input.items.3.name`), or `None` for a literal of the document.
        field: Option<String>,
        /// Where the literal begins.
        position: Option<Pos>,
    },
    /// The document is not GraphQL.
    Syntax(parser::Error),
}

impl From<GuardError> for ServerError {
    fn from(error: GuardError) -> Self {
        match error {
            GuardError::OverLimit { limit, value, maximum } => {
                let message = format!("the document is over a limit: {limit} {value}, at most {maximum}");
                ErrorCode::QueryTooComplex.over_limit(message, limit, Some(value), maximum)
            }
            GuardError::FragmentCycle { fragment, position } => {
                let message = format!("fragment \"{fragment}\" contains itself");
                ErrorCode::GraphqlValidationFailed.mark(Self::new(message, Some(position)))
            }
            GuardError::Repeated { key, position } => {
                let message = format!("\"{key}\" is asked for twice; give each mutation a name of its own");
                ErrorCode::GraphqlValidationFailed.mark(Self::new(message, Some(position)))
            }
            GuardError::Nul { field, position } => {
                let mut error = ErrorCode::BadUserInput.mark(Self::new("text must not contain NUL (U+0000)", position));
                if let Some(field) = field {
                    error.extensions.get_or_insert_with(ErrorExtensionValues::default).set("field", field);
                }
                error
            }
            GuardError::Syntax(cause) => {
                let mut error = ErrorCode::GraphqlParseFailed.error(syntax_message(&cause));
                error.locations = cause.positions().collect();
                error
            }
        }
    }
}

/// The parser's message draws the offending line, which may be the whole document; only what it expected is passed on.
fn syntax_message(error: &parser::Error) -> String {
    match error {
        parser::Error::Syntax { message, .. } => match message.rsplit_once("= ") {
            Some((_, expectation)) => format!("syntax error: {}", expectation.trim()),
            None => "syntax error".to_owned(),
        },
        other => other.to_string(),
    }
}

/// A document that passed the guard. Only [`admit`] makes one, so that its presence in a request's data proves the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted(DocumentCost);

impl DocumentCost {
    /// Whether any part of the document asks for the schema, reached or not.
    #[must_use]
    pub const fn introspects(&self) -> bool {
        self.introspection_depth > 0
    }
}

impl Admitted {
    /// What the document asks for.
    #[must_use]
    pub const fn cost(self) -> DocumentCost {
        self.0
    }
}

/// Reads a document: text, parser, counts. The document is parsed once, here.
///
/// # Errors
/// [`GuardError`]: the first rule that the document breaks, in the order of [`Limits`].
pub fn admit(query: &str, variables: &Variables, limits: &Limits) -> Result<(ExecutableDocument, Admitted), GuardError> {
    let (document, _) = parse(query, limits)?;
    let admitted = admit_parsed(&document, variables, limits)?;
    Ok((document, admitted))
}

/// Reads the text of a document; gives how many tokens it has, too.
///
/// # Errors
/// [`GuardError`]: the first rule that the text breaks.
pub(super) fn parse(query: &str, limits: &Limits) -> Result<(ExecutableDocument, u32), GuardError> {
    check("bytes", count(query.len()), limits.bytes)?;
    let lexed = lexer::scan(query);
    check("tokens", lexed.tokens, limits.tokens)?;
    check("nesting", lexed.nesting, limits.nesting)?;
    if let Some(position) = lexed.nul {
        return Err(GuardError::Nul { field: None, position: Some(position) });
    }
    let document = parse_query(query).map_err(GuardError::Syntax)?;
    Ok((document, lexed.tokens))
}

/// Admits a document whose text was read, with the variables it is to be executed with.
///
/// # Errors
/// [`GuardError`]: the first rule that they break.
pub(super) fn admit_parsed(document: &ExecutableDocument, variables: &Variables, limits: &Limits) -> Result<Admitted, GuardError> {
    for (name, value) in variables.iter() {
        refuse_nul(value, name)?;
    }
    inspect(document, variables, limits).map(Admitted)
}

/// Counts what a parsed document asks for. Takes time linear in the document, whatever its fragments spread.
///
/// # Errors
/// [`GuardError::OverLimit`] for the first count over its limit, [`GuardError::FragmentCycle`] for a fragment that contains
/// itself.
pub fn inspect(document: &ExecutableDocument, variables: &Variables, limits: &Limits) -> Result<DocumentCost, GuardError> {
    let operations = count(document.operations.iter().len());
    let fragments = count(document.fragments.len());
    let defined = document.operations.iter().map(|(_, operation)| operation.node.variable_definitions.len()).sum();
    check("operations", operations, limits.operations)?;
    check("fragments", fragments, limits.fragments)?;
    check("variables", count(defined), limits.variables)?;

    let total = measure::document(document, variables)?;
    let (ordinary, introspection) = (total.ordinary, total.introspection);
    let cost = DocumentCost {
        operations,
        fragments,
        variables: count(defined),
        root_fields: total.root_fields,
        directives: ordinary.directives.saturating_add(introspection.directives),
        fields: ordinary.fields,
        aliases: ordinary.aliases,
        depth: ordinary.depth,
        input_values: ordinary.input_values.saturating_add(introspection.input_values),
        introspection_aliases: introspection.aliases,
        introspection_depth: introspection.depth,
        introspection_lists: introspection.lists,
        introspection_cost: introspection.weight,
    };
    check("rootFields", cost.root_fields, limits.root_fields)?;
    check("directives", cost.directives, limits.directives)?;
    check("fields", cost.fields, limits.fields)?;
    check("aliases", cost.aliases, limits.aliases)?;
    check("depth", cost.depth, limits.depth)?;
    check("inputValues", cost.input_values, limits.input_values)?;
    check("introspectionAliases", cost.introspection_aliases, limits.introspection_aliases)?;
    check("introspectionDepth", cost.introspection_depth, limits.introspection_depth)?;
    check("introspectionLists", cost.introspection_lists, limits.introspection_lists)?;
    check("introspectionCost", cost.introspection_cost, limits.introspection_cost)?;
    repeated::refuse(document)?;
    check("sensitiveMutations", repeated::sensitive(document), 1)?;
    Ok(cost)
}

const fn check(limit: &'static str, value: u32, maximum: u32) -> Result<(), GuardError> {
    if value > maximum { Err(GuardError::OverLimit { limit, value, maximum }) } else { Ok(()) }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Recursion is bounded by the JSON parser's 128 levels.
fn refuse_nul(value: &Value, path: &str) -> Result<(), GuardError> {
    let nul = |path: String| Err(GuardError::Nul { field: Some(path), position: None });
    match value {
        Value::String(text) if text.contains('\0') => nul(path.to_owned()),
        Value::List(items) => items.iter().enumerate().try_for_each(|(index, item)| match item {
            Value::Null | Value::Number(_) | Value::Boolean(_) => Ok(()),
            item => refuse_nul(item, &format!("{path}.{index}")),
        }),
        Value::Object(entries) => entries.iter().try_for_each(|(key, item)| {
            if key.contains('\0') {
                return nul(path.to_owned());
            }
            refuse_nul(item, &format!("{path}.{key}"))
        }),
        _ => Ok(()),
    }
}
