//! What a password may be: long enough, and not what everybody would guess. Nothing is asked about its composition.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, ProblemCode, Result};

/// Fewest characters of a password.
pub(super) const MIN_LENGTH: usize = 15;

/// Most characters of a password. Every one of them counts.
pub(super) const MAX_LENGTH: usize = 256;

/// Longest text that is looked at, in bytes.
const MAX_BYTES: usize = 4_096;

/// Characters that must be left when everything that is easily guessed is taken out.
const MIN_LEFT: usize = 6;

/// Fewest different characters.
const MIN_DIFFERENT: usize = 5;

/// A run along the alphabet, the digits or the keyboard counts from this length on.
const MIN_RUN: usize = 4;

/// What is guessed first: whole passwords and words they are made of.
const COMMON: &str = include_str!("common-passwords.txt");

/// Rows of the keyboard, each way.
const ROWS: [&str; 8] =
    ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop", "qsdfghjklm"];

/// A password as it is hashed: the same letters typed on different keyboards are the same (NFKC, as NIST SP 800-63B
/// recommends). `None` where it is longer than any password may be.
pub(super) fn normalized(password: &str) -> Option<String> {
    if password.len() > MAX_BYTES {
        return None;
    }
    let normalized: String = password.nfkc().collect();
    (normalized.chars().count() <= MAX_LENGTH).then_some(normalized)
}

/// Checks a new password. `context` are the texts somebody who knows the member would try.
///
/// # Errors
/// A problem with the field.
pub(super) fn check(field: &str, password: &str, context: &[&str]) -> Result<String> {
    let Some(normalized) = normalized(password) else {
        return Err(Error::invalid(field, ProblemCode::TooLong, format!("must have at most {MAX_LENGTH} characters")));
    };
    if normalized.chars().count() < MIN_LENGTH {
        return Err(Error::invalid(field, ProblemCode::TooShort, format!("must have at least {MIN_LENGTH} characters")));
    }
    if is_common(&normalized, context) {
        return Err(Error::invalid(field, ProblemCode::TooCommon, "is easily guessed; choose another one"));
    }
    Ok(normalized)
}

fn is_common(password: &str, context: &[&str]) -> bool {
    let plain = plain(password);
    let different: HashSet<char> = plain.chars().collect();
    if different.len() < MIN_DIFFERENT {
        return true;
    }
    let mut words: Vec<String> = COMMON.lines().map(str::to_owned).collect();
    for text in context {
        let text = text.to_lowercase();
        words.extend(text.split(|letter: char| !letter.is_alphanumeric()).map(self::plain));
        words.push(self::plain(&text));
    }
    words.retain(|word| word.chars().count() >= 3);
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    let mut rest = plain;
    for word in &words {
        rest = rest.replace(word.as_str(), "\u{0}");
    }
    let rest = without_runs(&rest.replace('\u{0}', " "));
    rest.chars().filter(|letter| letter.is_alphanumeric()).count() < MIN_LEFT
}

/// Lower case, with the usual stand-ins read as the letters they stand for.
fn plain(text: &str) -> String {
    text.to_lowercase()
        .chars()
        .filter(|letter| !letter.is_whitespace() && !matches!(letter, '-' | '_' | '.'))
        .map(|letter| match letter {
            '@' => 'a',
            '$' => 's',
            other => other,
        })
        .collect()
}

/// Takes out runs along the alphabet, the digits and the keyboard, and repetitions.
fn without_runs(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut kept = String::new();
    let mut rest = letters.as_slice();
    while let Some((&first, after)) = rest.split_first() {
        let run = run_length(rest);
        if run >= MIN_RUN {
            rest = rest.get(run..).unwrap_or_default();
        } else {
            kept.push(first);
            rest = after;
        }
    }
    kept
}

fn run_length(letters: &[char]) -> usize {
    let follows = |from: char, to: char| {
        ROWS.iter().any(|row| {
            let neighbours = || row.chars().zip(row.chars().skip(1));
            neighbours().any(|pair| pair == (from, to) || pair == (to, from))
        })
    };
    let steps = letters.iter().zip(letters.iter().skip(1));
    1 + steps.take_while(|(from, to)| from == to || follows(**from, **to)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: [&str; 4] = ["Tandem", "Lantern Works Ltd", "ada.lovelace@example.com", "Ada Lovelace"];

    fn code(password: &str) -> Option<ProblemCode> {
        match check("password", password, &CONTEXT) {
            Err(Error::Invalid(problems)) => problems.first().map(|problem| problem.code),
            _ => None,
        }
    }

    #[test]
    fn passwords_nobody_guesses_are_accepted_whatever_they_are_made_of() {
        for good in [
            "copper kettle by the sea",
            "zvuk deště na plechové střeše",
            "今日は天気がいいから散歩しましょう",
            "xK7#pQ2!vN9@wR4",
            "        trumpet gravel mosaic",
            "83 15 92 04 66 71 38 27 50",
            "🦊 runs over 🧊 slowly, then hides",
            &"long enough to be refused elsewhere ".repeat(7),
        ] {
            assert_eq!(code(good), None, "{good}");
        }
    }

    #[test]
    fn passwords_everybody_guesses_are_refused() {
        for bad in [
            "passwordpassword",
            "Password1234567890",
            "P@$$word.P@$$word!",
            "aaaaaaaaaaaaaaaaaaaa",
            "abababababababababab",
            "123456789012345678",
            "qwertyuiopasdfghjkl",
            "letmein letmein letmein",
            "correct horse battery staple",
            "Lantern-Works-2026!!",
            "tandem tandem tandem 1",
            "AdaLovelace20261",
            "ada.lovelace@example.com",
            "welcome to lantern works",
        ] {
            assert_eq!(code(bad), Some(ProblemCode::TooCommon), "{bad}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(code("éüøñçàîêöåÿßð1"), Some(ProblemCode::TooShort));
        assert_eq!(code("éüøñçàîêöåÿßð1æ"), None);
        let longest: String = "trumpet gravel mosaic ".chars().cycle().take(MAX_LENGTH).collect();
        assert_eq!(code(&longest), None);
        assert_eq!(code(&format!("{longest}x")), Some(ProblemCode::TooLong));
        assert_eq!(normalized(&"x".repeat(MAX_BYTES + 1)), None);
    }

    #[test]
    fn the_same_letters_are_the_same_password() {
        assert_eq!(normalized("cafe\u{301}"), normalized("caf\u{e9}"));
    }
}
