//! What is too much of a body, or too slow.
#![allow(clippy::unwrap_used)]

use super::*;

const BOUNDS: Bounds = Bounds {
    bytes: Size(1 << 20),
    unpacked: Size(1 << 30),
    time: Duration::from_secs(60),
    silence: Duration::from_secs(60),
};

async fn read_all(mut body: Body) -> Result<usize, BodyError> {
    let mut length = 0;
    while let Some(bytes) = body.next().await? {
        length += bytes.len();
    }
    Ok(length)
}

fn in_chunks(bytes: &[u8], size: usize) -> axum::body::Body {
    let chunks: Vec<_> = bytes.chunks(size).map(|c| Ok::<_, std::io::Error>(Bytes::copy_from_slice(c))).collect();
    axum::body::Body::from_stream(futures_util::stream::iter(chunks))
}

#[tokio::test]
async fn a_body_that_comes_drop_by_drop_is_cut_off_at_the_limit_for_all_of_it() {
    let drops = futures_util::stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, std::io::Error>(Bytes::from_static(b" ")), ()))
    });
    let body = Body::new(
        axum::body::Body::from_stream(drops),
        &Form::default(),
        Bounds { time: Duration::from_millis(200), ..BOUNDS },
    );
    assert!(matches!(read_all(body).await.unwrap_err(), BodyError::TooSlow(_)));
}

#[tokio::test]
async fn a_body_that_is_larger_than_it_may_be_is_refused_whether_it_says_so_or_not() {
    let bounds = Bounds { bytes: Size(10), ..BOUNDS };
    let form = Form::default();
    let mut said = Body::new(axum::body::Body::from("<a>0123456789</a>"), &form, bounds);
    assert!(matches!(said.next().await, Err(BodyError::TooLarge(_))));
    assert!(!said.is_begun());
    let in_pieces = read_all(Body::new(in_chunks(b"<a>0123456789</a>", 4), &form, bounds)).await;
    assert!(matches!(in_pieces, Err(BodyError::TooLarge(Size(10)))));
    assert!(read_all(Body::new(in_chunks(b"<a>012</a>", 4), &form, bounds)).await.is_ok());
}

#[tokio::test]
async fn what_comes_out_of_a_body_is_cut_at_a_limit_of_its_own() {
    let bounds = Bounds { unpacked: Size(10), ..BOUNDS };
    let cut = Body::new(axum::body::Body::from("<a>0123456789</a>"), &Form::default(), bounds);
    assert!(matches!(read_all(cut).await, Err(BodyError::TooLargeUnpacked(Size(10)))));
}
