//! `credential`: transcripts of every protocol, as the other programs write and read them, and the programs themselves.

mod git;
mod real_git;
