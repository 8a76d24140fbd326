//! Which language a browser gets.

use axum::http::{HeaderMap, Uri, header};

/// The languages of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese as written in the mainland.
    ZhCn,
}

impl Lang {
    /// The language tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The language of a tag; any Chinese is [`Lang::ZhCn`].
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.trim().split(['-', '_', ';']).next().unwrap_or_default();
        match primary.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::ZhCn),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// What `?lang=` asks for.
    pub(super) fn asked(uri: &Uri) -> Option<Self> {
        let pairs = uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == "lang").find_map(|(_, tag)| Self::of_tag(tag))
    }

    /// What the cookie remembers, or else what the browser prefers.
    pub(super) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let texts = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let cookies = texts(header::COOKIE).flat_map(|text| text.split(';'));
        let remembered = cookies
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == "lang")
            .find_map(|(_, tag)| Self::of_tag(tag));
        let mut preferred = texts(header::ACCEPT_LANGUAGE).flat_map(|text| text.split(','));
        remembered.or_else(|| preferred.find_map(Self::of_tag))
    }

    /// The cookie that remembers it for a year.
    pub(super) fn cookie(self) -> String {
        format!("lang={}; Path=/; Max-Age=31536000; SameSite=Strict", self.tag())
    }

    /// The words of the page as a flat JSON object.
    pub const fn words(self) -> &'static str {
        match self {
            Self::En => include_str!("en.json"),
            Self::ZhCn => include_str!("zh-CN.json"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn both_languages_have_the_same_keys_and_the_script_uses_no_other() {
        let words = |lang: Lang| -> BTreeMap<String, String> {
            serde_json::from_str(lang.words()).expect("flat object of texts")
        };
        let (en, zh) = (words(Lang::En), words(Lang::ZhCn));
        assert!(en.keys().eq(zh.keys()));
        assert!(en.values().chain(zh.values()).all(|text| !text.is_empty()));
        let script = include_str!("page.js");
        let used = script.split("tr('").skip(1).filter_map(|rest| rest.split('\'').next());
        for key in used.filter(|key| !key.ends_with('.')) {
            assert!(en.contains_key(key), "{key}");
        }
        for markup in ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "DOMParser"] {
            assert!(!script.contains(markup), "{markup}: texts from outside stay texts");
        }
        // The sentences of the server are there in each language of the page.
        let explanation = crate::explanation::Explanation { en: "a".into(), zh_cn: "b".into() };
        let told = serde_json::to_value(explanation).expect("JSON");
        assert!([Lang::En, Lang::ZhCn].iter().all(|lang| told[lang.tag()].is_string()));
        assert!(script.contains("told.explanation[lang]"));
        let page = include_str!("index.html");
        assert!(!page.contains("style=") && !page.contains("<style") && !page.contains(" on"));
    }

    #[test]
    fn the_address_then_the_cookie_then_the_browser_decide() {
        let mut headers = HeaderMap::new();
        assert_eq!(Lang::of_headers(&headers), None);
        let accept = "de-DE,zh-TW;q=0.8,en;q=0.5".parse().expect("header");
        headers.insert(header::ACCEPT_LANGUAGE, accept);
        assert_eq!(Lang::of_headers(&headers), Some(Lang::ZhCn));
        headers.insert(header::COOKIE, "a=b; lang=en".parse().expect("header"));
        assert_eq!(Lang::of_headers(&headers), Some(Lang::En));
        let asked = |path: &str| Lang::asked(&path.parse().expect("path"));
        assert_eq!(asked("/?x=1&lang=zh-CN"), Some(Lang::ZhCn));
        assert_eq!(asked("/?lang=xx"), None);
        assert_eq!(asked("/"), None);
    }
}
