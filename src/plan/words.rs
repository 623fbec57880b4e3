//! The stable words of remarks and refusals, as in the JSON report. Scripts read them: a word that
//! was once released keeps its spelling.

/// An enum of stable words, in the order of their words.
macro_rules! stable_words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum $name {
            $($variant,)*
        }

        impl $name {
            #[cfg(test)]
            pub(super) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in reports, in the state file and in scripts.
            pub(crate) const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

stable_words! {
    /// What a remark is about.
    RemarkKind {
        AccessDenied = "access-denied",
        AccountUnreadable = "account-unreadable",
        AdministratorByHand = "administrator-by-hand",
        AlertsTooOld = "alerts-too-old",
        Alike = "alike",
        Ambiguous = "ambiguous",
        BelowZero = "below-zero",
        BillingTypeUnclear = "billing-type-unclear",
        BundleLine = "bundle-line",
        ClocksHeld = "clocks-held",
        CompanyHidden = "company-hidden",
        CompanyInactive = "company-inactive",
        CompanyNotMapped = "company-not-mapped",
        CompanyRenamed = "company-renamed",
        ContractEnded = "contract-ended",
        ContractEnds = "contract-ends",
        ContractEndsSoon = "contract-ends-soon",
        ContractGone = "contract-gone",
        ContractHidden = "contract-hidden",
        DeleteDue = "delete-due",
        DeprovisionClock = "deprovision-clock",
        DisabledWithContract = "disabled-with-contract",
        DoubleCharging = "double-charging",
        EntryWrong = "entry-wrong",
        FieldInactive = "field-inactive",
        FieldKind = "field-kind",
        Frozen = "frozen",
        Held = "held",
        ItemLocked = "item-locked",
        ItemMissing = "item-missing",
        LeftToAPerson = "left-to-a-person",
        LeftToPerson = "left-to-person",
        LineGone = "line-gone",
        LineMissing = "line-missing",
        MappedAlready = "mapped-already",
        MarkContradicts = "mark-contradicts",
        MarkForeign = "mark-foreign",
        MarkMissing = "mark-missing",
        MarkOfOtherDatabase = "mark-of-other-database",
        MarkOfUnknownCompany = "mark-of-unknown-company",
        MarksDoubled = "marks-doubled",
        MissingItemInUse = "missing-item-in-use",
        MixedBilling = "mixed-billing",
        Near = "near",
        NewAlertTypes = "new-alert-types",
        NoContract = "no-contract",
        NoDay = "no-day",
        NoItem = "no-item",
        NoItems = "no-items",
        NoPeriod = "no-period",
        NoPlace = "no-place",
        NotInFile = "not-in-file",
        NotLinked = "not-linked",
        NotMapped = "not-mapped",
        NotMonthly = "not-monthly",
        NotYet = "not-yet",
        NothingUsed = "nothing-used",
        OffersUnreadable = "offers-unreadable",
        OlderReading = "older-reading",
        OverUse = "over-use",
        PackWithoutBase = "pack-without-base",
        PartOfWhole = "part-of-whole",
        PeriodCarried = "period-carried",
        PeriodMissed = "period-missed",
        PeriodPosted = "period-posted",
        PeriodUnderPayg = "period-under-payg",
        PeriodUnread = "period-unread",
        PostingUnsure = "posting-unsure",
        PriceZero = "price-zero",
        ProductsNotMapped = "products-not-mapped",
        Reverted = "reverted",
        SeatsWithoutFeatures = "seats-without-features",
        ServiceCodeDiffers = "service-code-differs",
        ServiceGone = "service-gone",
        ServiceInactive = "service-inactive",
        ServicePeriodDiffers = "service-period-differs",
        ServiceRecovered = "service-recovered",
        ServiceRenamed = "service-renamed",
        Settling = "settling",
        SeveralAccounts = "several-accounts",
        SeveralContracts = "several-contracts",
        SeveralLines = "several-lines",
        StaysUntil = "stays-until",
        StorageKept = "storage-kept",
        StorageUnknown = "storage-unknown",
        StorageUnmapped = "storage-unmapped",
        StoragesUnreadable = "storages-unreadable",
        SummaryLeft = "summary-left",
        SwitchedOff = "switched-off",
        Template = "template",
        TenantBusy = "tenant-busy",
        TenantDeleted = "tenant-deleted",
        TenantDisabled = "tenant-disabled",
        TenantHidden = "tenant-hidden",
        TenantKind = "tenant-kind",
        TenantMoved = "tenant-moved",
        TenantRenamed = "tenant-renamed",
        TenantUnknown = "tenant-unknown",
        TicketGone = "ticket-gone",
        Trial = "trial",
        UnbilledUsage = "unbilled-usage",
        Uneven = "uneven",
        UnitOfMeasure = "unit-of-measure",
        UnitsChanged = "units-changed",
        UnlinkedBefore = "unlinked-before",
        UnmappedAlerts = "unmapped-alerts",
        UnmappedTickets = "unmapped-tickets",
        UnresolvedTenants = "unresolved-tenants",
        UsageDoubled = "usage-doubled",
        UsageMissing = "usage-missing",
        UsageTooLarge = "usage-too-large",
        UsageUnreadable = "usage-unreadable",
        UsageZero = "usage-zero",
    }
}

stable_words! {
    /// Why something is held back.
    RefusalCode {
        AlertsVanished = "alerts-vanished",
        AmountChange = "amount-change",
        ContractHidden = "contract-hidden",
        EditionSwitch = "edition-switch",
        FirstLowering = "first-lowering",
        ItemNotOffered = "item-not-offered",
        LikelyMatch = "likely-match",
        LinksRemoved = "links-removed",
        MappedAlready = "mapped-already",
        NameTaken = "name-taken",
        NameTooLong = "name-too-long",
        NoContracts = "no-contracts",
        NoDefaultStorage = "no-default-storage",
        NoItems = "no-items",
        NoLines = "no-lines",
        NoPayg = "no-payg",
        NoTenants = "no-tenants",
        NoUnits = "no-units",
        NotCountable = "not-countable",
        OlderReading = "older-reading",
        PackWithoutBase = "pack-without-base",
        PeriodMissed = "period-missed",
        PostingUnsure = "posting-unsure",
        QuotaBelowUsage = "quota-below-usage",
        RefusedBefore = "refused-before",
        SecondEdition = "second-edition",
        SecondStorage = "second-storage",
        ServiceExists = "service-exists",
        ServicePeriod = "service-period",
        ServiceTaken = "service-taken",
        TakingOver = "taking-over",
        TooManyEnded = "too-many-ended",
        TooManyLowered = "too-many-lowered",
        TwoBillingTypes = "two-billing-types",
        UnitUnfit = "unit-unfit",
        UnitsChanged = "units-changed",
        UnitsJump = "units-jump",
        UsageDropped = "usage-dropped",
        UsageMissing = "usage-missing",
        UsageUnknown = "usage-unknown",
        UsageZero = "usage-zero",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_in_their_order_so_that_remarks_are_sorted_by_word() {
        let remarks: Vec<&str> = RemarkKind::ALL.iter().map(|kind| kind.as_str()).collect();
        assert!(remarks.is_sorted());
        let refusals: Vec<&str> = RefusalCode::ALL.iter().map(|code| code.as_str()).collect();
        assert!(refusals.is_sorted());
    }
}
