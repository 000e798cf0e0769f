//! RTF as a stream of tokens.

/// A piece of an RTF file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Open,
    Close,
    /// `\name` with its number, if it has one.
    Word(&'a str, Option<i32>),
    /// `\` before something that is no letter.
    Symbol(u8),
    /// A byte, of which one or two are a letter in the code page.
    Byte(u8),
}

/// The tokens of a file. What is no RTF is text; nothing is an error.
pub(super) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn word(&mut self) -> Token<'a> {
        let letters = self.rest.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let (name, after) = self.rest.split_at(letters);
        let signs = usize::from(after.first() == Some(&b'-'));
        let digits = after.iter().skip(signs).take(10).take_while(|byte| byte.is_ascii_digit()).count();
        let (number, after) = after.split_at(if digits > 0 { signs + digits } else { 0 });
        self.rest = after.strip_prefix(b" ").unwrap_or(after);
        let name = str::from_utf8(name).unwrap_or_default();
        let number = str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        if name == "bin" {
            let length = usize::try_from(number.unwrap_or(0)).unwrap_or(0).min(self.rest.len());
            self.rest = self.rest.get(length..).unwrap_or_default();
        }
        Token::Word(name, number)
    }

    /// `\'e4`
    fn hexadecimal(&mut self) -> Token<'a> {
        let digits = self.rest.get(..2).and_then(|digits| str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                self.rest = self.rest.get(2..).unwrap_or_default();
                Token::Byte(byte)
            }
            None => Token::Symbol(b'\''),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let (first, after) = self.rest.split_first()?;
            self.rest = after;
            return Some(match first {
                b'{' => Token::Open,
                b'}' => Token::Close,
                b'\r' | b'\n' | 0 => continue,
                b'\\' => match self.rest.split_first()? {
                    (byte, _) if byte.is_ascii_alphabetic() => self.word(),
                    (byte, after) => {
                        self.rest = after;
                        if *byte == b'\'' { self.hexadecimal() } else { Token::Symbol(*byte) }
                    }
                },
                byte => Token::Byte(*byte),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        let check = |text: &str, expected: &[Token<'_>]| assert_eq!(Tokens::new(text.as_bytes()).collect::<Vec<_>>(), expected, "{text}");
        check("{\\b1 x\\par}", &[Token::Open, Token::Word("b", Some(1)), Token::Byte(b'x'), Token::Word("par", None), Token::Close]);
        check("\\u-3913?\\'e4\\~\r\n", &[Token::Word("u", Some(-3913)), Token::Byte(b'?'), Token::Byte(0xe4), Token::Symbol(b'~')]);
        check("\\bin3 }}}a", &[Token::Word("bin", Some(3)), Token::Byte(b'a')]);
        check("\\bin-3 a", &[Token::Word("bin", Some(-3)), Token::Byte(b'a')]);
        check("\\'zz\\", &[Token::Symbol(b'\''), Token::Byte(b'z'), Token::Byte(b'z')]);
        check("\\fs99999999999", &[Token::Word("fs", None), Token::Byte(b'9')]);
    }
}
