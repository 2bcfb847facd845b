//! Money in integer minor units of an ISO 4217 currency, and shares of a close in basis points.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use sea_orm::DeriveValueType;

/// A close is 10 000 basis points of credit.
pub const BASIS_POINTS: i64 = 10_000;

/// An ISO 4217 currency in use, with the number of decimal places of its minor unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct CurrencyCode([u8; 3]);

/// A text is not the code of a currency in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownCurrency;

impl fmt::Display for UnknownCurrency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("unknown currency code")
    }
}

impl std::error::Error for UnknownCurrency {}

/// Currencies whose minor unit is not a hundredth.
const OTHER_SCALES: &[(u32, &str)] =
    &[(0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"), (3, "BHD IQD JOD KWD LYD OMR TND"), (4, "CLF UYW")];

/// Currencies whose minor unit is a hundredth.
const HUNDREDTHS: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE \
    CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS \
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN \
    NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS \
    TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG";

impl CurrencyCode {
    /// The US dollar.
    pub const USD: Self = Self(*b"USD");

    /// The three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimal places of the minor unit: 2 for USD, 0 for JPY, 3 for KWD.
    #[must_use]
    pub fn scale(self) -> u32 {
        scale_of(self.as_str()).unwrap_or(2)
    }
}

fn scale_of(code: &str) -> Option<u32> {
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    if HUNDREDTHS.contains(code) {
        return Some(2);
    }
    OTHER_SCALES.iter().find(|(_, codes)| codes.contains(code)).map(|&(scale, _)| scale)
}

impl FromStr for CurrencyCode {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        scale_of(code).ok_or(UnknownCurrency)?;
        <[u8; 3]>::try_from(code.as_bytes()).map(Self).map_err(|_| UnknownCurrency)
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl serde::Serialize for CurrencyCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Debug for CurrencyCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// An amount in minor units of a currency. Fields are private so that no sum forgets its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Money {
    amount_minor: i64,
    currency: CurrencyCode,
}

/// Why an amount cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// The amount does not fit 64 bits of minor units.
    Overflow,
    /// The amount is finer than the currency's minor unit.
    TooPrecise,
    /// Two amounts of different currencies met.
    CurrencyMismatch,
}

impl Money {
    /// From minor units: 12 345 is 123.45 USD.
    #[must_use]
    pub const fn from_minor(amount_minor: i64, currency: CurrencyCode) -> Self {
        Self { amount_minor, currency }
    }

    /// From a decimal amount of major units.
    ///
    /// # Errors
    /// [`MoneyError::TooPrecise`] rather than rounding, [`MoneyError::Overflow`] past 64 bits.
    pub fn from_decimal(amount: Decimal, currency: CurrencyCode) -> Result<Self, MoneyError> {
        let factor = Decimal::from(10_i64.pow(currency.scale()));
        let minor = amount.checked_mul(factor).ok_or(MoneyError::Overflow)?;
        if !minor.fract().is_zero() {
            return Err(MoneyError::TooPrecise);
        }
        i64::try_from(minor.trunc()).map(|minor| Self::from_minor(minor, currency)).map_err(|_| MoneyError::Overflow)
    }

    /// Minor units.
    #[must_use]
    pub const fn amount_minor(self) -> i64 {
        self.amount_minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> CurrencyCode {
        self.currency
    }

    /// Major units, with the currency's decimal places kept: `100.00`, not `100`.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.amount_minor, self.currency.scale())
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::CurrencyMismatch`] or [`MoneyError::Overflow`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch);
        }
        let amount_minor = self.amount_minor.checked_add(other.amount_minor).ok_or(MoneyError::Overflow)?;
        Ok(Self::from_minor(amount_minor, self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> CurrencyCode {
        text.parse().unwrap()
    }

    #[test]
    fn scales_follow_iso_4217() {
        assert_eq!(code("USD").scale(), 2);
        assert_eq!(code("JPY").scale(), 0);
        assert_eq!(code("KWD").scale(), 3);
        for text in ["", "usd", "ABC", "US", "USDX", "D A", "SD "] {
            assert_eq!(CurrencyCode::from_str(text), Err(UnknownCurrency), "{text}");
        }
    }

    #[test]
    fn decimal_amounts_are_exact_or_refused() {
        let cents = Money::from_decimal(Decimal::new(10_001, 2), code("USD")).unwrap();
        assert_eq!(cents.amount_minor(), 10_001);
        assert_eq!(cents.to_decimal().to_string(), "100.01");
        assert_eq!(Money::from_decimal(Decimal::new(100_015, 3), code("USD")), Err(MoneyError::TooPrecise));
        assert_eq!(Money::from_decimal(Decimal::new(15, 1), code("JPY")), Err(MoneyError::TooPrecise));
        assert_eq!(Money::from_decimal(Decimal::MAX, code("USD")), Err(MoneyError::Overflow));
    }

    #[test]
    fn currencies_do_not_mix() {
        let dollar = Money::from_minor(1, code("USD"));
        assert_eq!(dollar.checked_add(Money::from_minor(1, code("EUR"))), Err(MoneyError::CurrencyMismatch));
        assert_eq!(dollar.checked_add(Money::from_minor(i64::MAX, code("USD"))), Err(MoneyError::Overflow));
    }
}
