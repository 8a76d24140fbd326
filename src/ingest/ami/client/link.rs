//! One connection: the socket, and the task that does nothing but read it.
//!
//! Asterisk cuts off whoever takes longer than 100 ms to take a message. So a task of its own
//! drains the socket, stamps what came, and queues it; if the queue is full it gives up the link,
//! since a gap that is known is better than one that the PBX makes.

use super::ClientSettings;
use crate::clock::Clock;
use crate::engine::time::Timestamp;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Bytes of one read.
const READ_BYTES: usize = 16 * 1024;
/// Reads that are queued: 32 MiB at most, half a minute of the busiest PBX.
const READS_MAX: usize = 2_048;
/// Connecting, with TLS, takes no longer.
const CONNECT_AFTER: Duration = Duration::from_secs(10);
/// Writing a question takes no longer.
const WRITE_AFTER: Duration = Duration::from_secs(5);

/// Bytes and when they came.
pub(in crate::ingest::ami) struct Chunk {
    pub(in crate::ingest::ami) at: Timestamp,
    pub(in crate::ingest::ami) bytes: Vec<u8>,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// An open connection.
pub(in crate::ingest::ami) struct Link {
    writer: WriteHalf<Box<dyn Stream>>,
    chunks: mpsc::Receiver<Chunk>,
    reader: JoinHandle<()>,
    local: Option<IpAddr>,
    overrun: Arc<AtomicBool>,
}

impl Link {
    pub(in crate::ingest::ami) async fn open(
        settings: &ClientSettings,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        let opened = tokio::time::timeout(CONNECT_AFTER, connect(settings)).await;
        let (stream, local) = opened.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
        let (mut input, writer) = tokio::io::split(stream);
        let (queue, chunks) = mpsc::channel(READS_MAX);
        let overrun = Arc::new(AtomicBool::new(false));
        let full = overrun.clone();
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; READ_BYTES];
            while let Ok(read @ 1..) = input.read(&mut buffer).await {
                let chunk = Chunk { at: clock.now(), bytes: buffer[..read].to_vec() };
                if let Err(error) = queue.try_send(chunk) {
                    full.store(
                        matches!(error, mpsc::error::TrySendError::Full(_)),
                        Ordering::Relaxed,
                    );
                    return;
                }
            }
        });
        Ok(Self { writer, chunks, reader, local, overrun })
    }

    /// The address by which the PBX sees this machine.
    pub(in crate::ingest::ami) fn local(&self) -> Option<IpAddr> {
        self.local
    }

    /// The next read; `None` when the link is gone.
    pub(in crate::ingest::ami) async fn chunk(&mut self) -> Option<Chunk> {
        self.chunks.recv().await
    }

    /// A read that has come already.
    pub(in crate::ingest::ami) fn ready_chunk(&mut self) -> Option<Chunk> {
        self.chunks.try_recv().ok()
    }

    /// Whether the reader gave up because nobody took what it read.
    pub(in crate::ingest::ami) fn overrun(&self) -> bool {
        self.overrun.load(Ordering::Relaxed)
    }

    pub(in crate::ingest::ami) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let write = async {
            self.writer.write_all(bytes).await?;
            self.writer.flush().await
        };
        let written = tokio::time::timeout(WRITE_AFTER, write).await;
        written.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn connect(settings: &ClientSettings) -> io::Result<(Box<dyn Stream>, Option<IpAddr>)> {
    let stream = TcpStream::connect((settings.host.as_str(), settings.port)).await?;
    stream.set_nodelay(true)?;
    let local = stream.local_addr().ok().map(|address| address.ip());
    match &settings.tls {
        Some(tls) => Ok((Box::new(tls.connect(stream).await?), local)),
        None => Ok((Box::new(stream), local)),
    }
}
