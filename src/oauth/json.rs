//! Strict JSON parsing for provider documents: a duplicate key is an error, because two parsers could each use a
//! different value (RFC 8259 4, RFC 7519 4).

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Byte order mark that some servers send before UTF-8; a parser may ignore it (RFC 8259 8.1).
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Parses a document; `None` if it is not JSON or has a duplicate key.
pub(super) fn parse(text: &[u8]) -> Option<Value> {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = StrictVisitor.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(value)
}

#[derive(Clone, Copy)]
struct StrictVisitor;

impl<'de> DeserializeSeed<'de> for StrictVisitor {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without repeated keys")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(StrictVisitor)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(StrictVisitor)?;
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("duplicate key"));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_documents_parse_as_with_serde_json() {
        for text in [r#"{"a":[1,-2,3.5,null,true,"x",{"b":{}}]}"#, "[]", "\"x\"", "12"] {
            assert_eq!(parse(text.as_bytes()), serde_json::from_str::<Value>(text).ok(), "{text}");
        }
    }

    #[test]
    fn duplicate_key_is_rejected() {
        assert_eq!(parse(br#"{"sub":"a","sub":"b"}"#), None);
        assert_eq!(parse(br#"{"x":[{"a":1,"\u0061":2}]}"#), None);
    }

    #[test]
    fn trailing_content_is_rejected() {
        for text in ["{} {}", "{", "", "{}x", "\u{feff}\u{feff}{}"] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn only_utf8_parses_after_at_most_one_byte_order_mark() {
        assert_eq!(parse("\u{feff}{}".as_bytes()), Some(serde_json::json!({})));
        let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        for bytes in
            [&wide("{\"a\":1}")[..], &wide("\u{feff}{}"), b"{\"a\":\"\xff\"}", b"{\"a\":\"\0\"}", b"\x1f\x8b\x08\0"]
        {
            assert_eq!(parse(bytes), None, "{bytes:?}");
        }
    }

    #[test]
    fn nesting_depth_is_limited() {
        for (depth, is_read) in [(100, true), (200, false), (100_000, false)] {
            let text = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(parse(text.as_bytes()).is_some(), is_read, "{depth}");
            let text = format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
            assert_eq!(parse(text.as_bytes()).is_some(), is_read, "{depth}");
        }
    }
}
