//! Body of a request: text, a file or a stream.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Remedy, Result};
use crate::http_client::Upload;

/// Longest stream that is read before it is sent: many servers want to know the length, and a body in memory can be sent
/// again.
const READ_AHEAD: u64 = 1 << 20;

const JSON: &str = "application/json";

pub struct RequestBody {
    content: Content,
    content_type: &'static str,
}

enum Content {
    Bytes(Arc<[u8]>),
    /// Part of a file from `start` on.
    File {
        file: File,
        start: u64,
        length: u64,
    },
    /// Stream that can be read once.
    Stream(Option<Box<dyn Read + Send>>),
}

impl RequestBody {
    /// Body from the command line: JSON, else a form, as in curl.
    pub fn from_text(text: &str) -> Self {
        let content_type = if is_json(text.as_bytes()) { JSON } else { "application/x-www-form-urlencoded" };
        Self { content: Content::Bytes(text.as_bytes().into()), content_type }
    }

    /// # Errors
    /// [`Error::Usage`] if the file cannot be read.
    pub fn from_path(path: &Path) -> Result<Self> {
        let failed = |error: io::Error| Error::usage(format!("could not read {}: {error}", path.display()));
        if path.is_dir() {
            return Err(Error::usage(format!("{} is a directory", path.display())));
        }
        Self::from_file(File::open(path).map_err(failed)?).map_err(failed)
    }

    /// Body from an open file, from its current position on. A file that is none, such as a pipe, is a stream.
    pub fn from_file(mut file: File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Self::from_reader(file);
        }
        let start = file.stream_position()?;
        let mut head = Vec::new();
        file.by_ref().take(64).read_to_end(&mut head)?;
        let length = metadata.len().saturating_sub(start);
        Ok(Self { content: Content::File { file, start, length }, content_type: file_type(&head) })
    }

    pub fn from_reader(mut reader: impl Read + Send + 'static) -> io::Result<Self> {
        let mut head = Vec::new();
        reader.by_ref().take(READ_AHEAD + 1).read_to_end(&mut head)?;
        let content_type = file_type(&head);
        let content = match head.len() as u64 > READ_AHEAD {
            true => Content::Stream(Some(Box::new(Cursor::new(head).chain(reader)))),
            false => Content::Bytes(head.into()),
        };
        Ok(Self { content, content_type })
    }

    /// Returns true if the body can be sent more than once.
    pub fn is_repeatable(&self) -> bool {
        !matches!(self.content, Content::Stream(_))
    }

    pub fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// Returns the body from its start on.
    pub fn upload(&mut self) -> Result<Upload> {
        match &mut self.content {
            Content::Bytes(bytes) => Ok(Upload::new(Cursor::new(Arc::clone(bytes)), Some(bytes.len() as u64))),
            Content::File { file, start, length } => {
                let reread = file.seek(SeekFrom::Start(*start)).and_then(|_| file.try_clone());
                let file = reread.map_err(|error| {
                    Error::other_with(Remedy::FileAccess, format!("could not read the body of the request: {error}"))
                })?;
                // The length is announced, so a file that grows meanwhile must not add to it.
                Ok(Upload::new(WholeFile { file: file.take(*length) }, Some(*length)))
            }
            Content::Stream(reader) => match reader.take() {
                Some(reader) => Ok(Upload::new(reader, None)),
                None => Err(Error::other("the body was sent and cannot be sent again")),
            },
        }
    }
}

/// File that must not be shorter than it was.
struct WholeFile {
    file: io::Take<File>,
}

impl Read for WholeFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.file.read(buffer)? {
            0 if self.file.limit() > 0 && !buffer.is_empty() => Err(io::Error::other("the file became shorter")),
            length => Ok(length),
        }
    }
}

fn file_type(head: &[u8]) -> &'static str {
    if is_json(head) { JSON } else { "application/octet-stream" }
}

fn is_json(head: &[u8]) -> bool {
    matches!(head.trim_ascii_start().first(), Some(b'{' | b'['))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn sent(body: &mut RequestBody) -> Vec<u8> {
        let mut bytes = Vec::new();
        body.upload().expect("a body").read_to_end(&mut bytes).expect("no error");
        bytes
    }

    #[test]
    fn bodies_are_sent_again_unless_they_are_long_streams() {
        let long = vec![b'x'; 3 << 20];
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(b"skipped").and_then(|()| file.write_all(&long)).expect("room");
        file.seek(SeekFrom::Start(7)).expect("a file");
        for (mut body, whole) in [
            (RequestBody::from_text("a=b"), b"a=b".to_vec()),
            (RequestBody::from_reader(&b"short"[..]).expect("readable"), b"short".to_vec()),
            (RequestBody::from_file(file).expect("readable"), long.clone()),
        ] {
            assert!(body.is_repeatable());
            assert!(sent(&mut body) == whole && sent(&mut body) == whole);
        }
        let mut stream = RequestBody::from_reader(Cursor::new(long.clone())).expect("readable");
        assert!(!stream.is_repeatable() && sent(&mut stream) == long && stream.upload().is_err());
    }

    #[test]
    fn content_type_follows_the_first_byte() {
        for (text, typed, piped) in [
            (" {\"a\":1}", JSON, JSON),
            ("[]", JSON, JSON),
            ("a=b", "application/x-www-form-urlencoded", "application/octet-stream"),
            ("", "application/x-www-form-urlencoded", "application/octet-stream"),
        ] {
            assert_eq!(RequestBody::from_text(text).content_type(), typed, "{text}");
            let reader = Cursor::new(text.as_bytes().to_vec());
            assert_eq!(RequestBody::from_reader(reader).expect("readable").content_type(), piped, "{text}");
        }
    }

    #[test]
    fn file_that_shrinks_is_an_error() {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&[b'x'; 100]).and_then(|()| file.rewind()).expect("room");
        let mut body = RequestBody::from_file(file.try_clone().expect("a file")).expect("readable");
        let mut upload = body.upload().expect("a body");
        file.set_len(10).expect("a file");
        assert!(upload.read_to_end(&mut Vec::new()).is_err_and(|error| error.to_string().contains("shorter")));
    }
}
