//! TLS: the right authority lets in, another does not.

use callsurge::clock::SystemClock;
use callsurge::engine::observation::SourceId;
use callsurge::engine::time::Span;
use callsurge::ingest::ami::client::ClientSettings;
use callsurge::ingest::ami::doctor::{Finding, Verdict, examine};
use callsurge::ingest::ami::meaning::MeaningSettings;
use callsurge::ingest::ami::session::{Login, Secret};
use callsurge::ingest::ami::tls::Tls;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tls").join(name)
}

/// A PBX behind TLS that refuses every login; returns its port.
async fn refusing_pbx() -> u16 {
    let certificate = CertificateDer::from_pem_file(file("pbx.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("pbx.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let _ = stream.write_all(b"Asterisk Call Manager/11.0.0\r\n").await;
            let mut asked = [0; 1_024];
            let _ = stream.read(&mut asked).await;
            let refusal = b"Response: Error\r\nMessage: Authentication failed\r\n\r\n";
            let _ = stream.write_all(refusal).await;
            let _ = stream.read(&mut asked).await;
        }
    });
    port
}

async fn findings(port: u16, authority: &str) -> Vec<Finding> {
    let settings = ClientSettings {
        host: "localhost".to_owned(),
        port,
        login: Login::new("callsurge", &Secret::new("s"), true),
        tls: Some(Tls::new("localhost", Some(&file(authority))).unwrap()),
        queue_log: None,
        meaning: MeaningSettings::new(SourceId(0)),
    };
    examine(&settings, "callsurge", Arc::new(SystemClock), Span::secs(1)).await
}

#[tokio::test]
async fn the_authority_that_is_named_is_the_only_one_trusted() {
    let port = refusing_pbx().await;
    let good = findings(port, "ca.pem").await;
    assert_eq!((good[0].what, good[0].verdict), ("connection", Verdict::Good), "{good:?}");
    assert_eq!((good[1].what, good[1].verdict), ("login", Verdict::Bad), "{good:?}");
    let lines = good[1].mend.as_deref().unwrap();
    assert!(lines.contains("[callsurge]\n") && lines.contains("\nread = system,agent\nwrite =\n"));
    assert!(lines.contains("permit = 127.0.0.1/255.255.255.255"), "{lines}");
    // The certificate of the PBX itself is no authority that signed it.
    let bad = findings(port, "pbx.pem").await;
    assert_eq!((bad[0].what, bad[0].verdict), ("connection", Verdict::Bad), "{bad:?}");
}

#[test]
fn a_file_without_a_certificate_is_refused() {
    let error = Tls::new("localhost", Some(&file("pbx.key"))).unwrap_err().to_string();
    assert!(error.contains("pbx.key holds no certificate"), "{error}");
}
