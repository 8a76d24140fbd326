//! A first night: need, wave, acceptances, filled.
