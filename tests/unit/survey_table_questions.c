/* SPDX-License-Identifier: Apache-2.0 */
/* Questions, choices, code lists, columns and goals of the default survey. */
#include "survey_table.h"

#define R REQUIRED
#define RC (REQUIRED | CORE)

/* clang-format off */
const struct question_entry question_table[] = {
    {"B01", QUESTION_MULTI, RC, "EOFFICE TASK EMEET ESIGN DASH NONE"},
    {"B02", QUESTION_SINGLE, 0, "P0 P25 P50 P80"},
    {"B03", QUESTION_TRI, R, "YES NO"},
    {"C01", QUESTION_MULTI, RC, "ACC HRM INV SALES CRM ERP SCM WMS BI NONE"},
    {"C02", QUESTION_SINGLE, R, "OWN EXT BOTH NO"},
    {"C03", QUESTION_MULTI, R, "TTM TSR TNLG TIR TML TPA TAR NONE"},
    {"C04", QUESTION_MULTI, 0, "EINV ETAX ESI ECUS EGOV NONE"},
    {"D01", QUESTION_MULTI, RC, "CADCAM PLC MES IOT ROBOT P3D TRACE AIQC CMMS EMS OTHER NONE"},
    {"D02", QUESTION_SINGLE, R, "Q1 Q2 Q3 Q4"},
    {"E01", QUESTION_SINGLE, R, "NONE S0 S30 S100 S500 S1000"},
    {"E02", QUESTION_MULTI, R, "EMAIL OFFICE STORAGE FIN_ACC ERP CRM SEC DBHOST DEVPLAT CPU NONE"},
    {"E03", QUESTION_MULTI, R, "PWD MFA BIO ENC BACKUP NAC VPN LOG RISK TEST MON NONE"},
    {"E04", QUESTION_TRI, R, "YES NO"},
    {"E05", QUESTION_TRI, R, "YES NO"},
    {"E06", QUESTION_TRI, R, "YES NO"},
    {"E07", QUESTION_MULTI, R, "NETWORK MESSAGE VIDEO BLOG NONE"},
    {"F01", QUESTION_PCT, R, ""},
    {"F02", QUESTION_INT, R, ""},
    {"F03", QUESTION_MULTI, R, "SPEC STAFF MGR NONE"},
    {"F04", QUESTION_TRI, R, "YES NO"},
    {"G01", QUESTION_MULTI, RC, "OWNWEB MARKET_VN MARKET_INT SOCIAL EDI NONE"},
    {"G02", QUESTION_PCT, R | TENTHS, ""},
    {"G03", QUESTION_PCT, R | TENTHS, ""},
    {"G04", QUESTION_PCT, R | TENTHS, ""},
    {"G05", QUESTION_LIST, NO_DK, ""}, /* required are its parts */
    {"G05_B2C", QUESTION_PCT, R, ""},
    {"G05_B2B", QUESTION_PCT, R, ""},
    {"G05_B2G", QUESTION_PCT, R, ""},
    {"G06", QUESTION_SINGLE, R, "NO LT10 GE10"},
    {"G07", QUESTION_MULTI, R, "NOTSUIT LOGIS PAY SKILL COST SECUR LEGAL GROUP OTHER"},
    {"H01", QUESTION_SINGLE, RC, "NONE CONSIDER PLAN IMPL OPT"},
    {"H02", QUESTION_MONEY, 0, ""},
    {"H03", QUESTION_INT, 0, ""},
    {"H04", QUESTION_MULTI, R,
     "FUND SKILL KNOW INFRA DATA SECUR HABIT SOLUT PARTNER LEGAL OTHER NONE"},
    {"H05", QUESTION_MULTI, 0, "CONSULT TRAIN FUND PLATFORM ECOM SECUR CONNECT OTHER NONE"},
    {"H06", QUESTION_MULTI, RC, "PROG SELF TRAIN NONE"},
    {"H07", QUESTION_SINGLE, 0, "L0 L1 L2 L3 L4 L5"},
    {"H07_TOOL", QUESTION_SINGLE, 0, "1970 2158 1567"},
    {"H08", QUESTION_TEXT, NO_DK | MULTILINE, ""},
    {"M01", QUESTION_MULTI, R, "GIS INFRA TENANT EOFFICE ESERV IOC OTHER NONE"},
    {"M02", QUESTION_MULTI, R, "WEB LANDMAP VR LEADS EVENT SOCIAL OTHER NONE"},
    {"M03", QUESTION_MULTI, R, "FAIR B2B DIRECT OTHER NONE"},
    {"M04", QUESTION_MULTI, R, "MARKET TRACE LOGIS LIVE OTHER NONE"},
};
const size_t question_entries = ENTRIES(question_table);

const struct codes_entry codes_table[] = {
    {CODES_UNIT_TYPE, 4, "DN HT BQL HTX"},
    {CODES_COMMUNE, 69,
     "18073 18100 18115 18118 18652 18754 18781 18823 18832 18133 18160 18163 18172 18184 18196 "
     "18199 18202 18223 18229 18244 18262 18277 18304 18313 18322 18328 18352 18364 18373 18394 "
     "18406 18409 18418 18436 18466 18481 18484 18496 18502 18523 18532 18544 18547 18550 18562 "
     "18568 18583 18586 18601 18604 18619 18628 18634 18667 18673 18676 18682 18685 18736 18739 "
     "18742 18748 18766 18775 18787 18790 18814 18838 18844"},
    {CODES_ZONE, 34,
     "NONE KKT_VUNGANG KKT_CAUTREO KCN_VUNGANG1 KCN_PHUVINH KCN_HOANHSON KCN_GIALACH "
     "KCN_BACTHACHHA KCN_HAVANG KCN_TAYTP KCN_BACHONGLINH KCN_VINHOMESVA KCN_DAIKIM CCN_01 CCN_02 "
     "CCN_03 CCN_04 CCN_05 CCN_06 CCN_07 CCN_08 CCN_09 CCN_10 CCN_11 CCN_12 CCN_13 CCN_14 CCN_15 "
     "CCN_16 CCN_17 CCN_18 CCN_19 CCN_20 CCN_21"},
    {CODES_ZONE_TYPE, 4, "KKT KCN CCN NONE"},
    {CODES_SECTION, 34,
     "A B C D E F G H I J-2018 K-2018 L-2018 M-2018 N-2018 O-2018 P-2018 Q-2018 R-2018 S-2018 "
     "T-2018 U-2018 J-2025 K-2025 L-2025 M-2025 N-2025 O-2025 P-2025 Q-2025 R-2025 S-2025 T-2025 "
     "U-2025 V-2025"},
    {CODES_LEGAL_FORM, 9, "TNHH1 TNHH2 CP TN HD NN FDI HTX SN"},
    {CODES_STATUS, 4, "ACTIVE SUSP CEASED NOTYET"},
    {CODES_SIZE, 4, "MICRO SMALL MEDIUM LARGE"},
};
const size_t codes_entries = ENTRIES(codes_table);

const struct column_entry column_table[] = {
    {"A01", "tax_code"}, {"A02", "name"}, {"A03", "unit_type"}, {"A04", "commune"},
    {"A05", "zone"}, {"A06", "vsic"}, {"A07", "legal_form"}, {"A08", "start_year"},
    {"A09", "employees"}, {"A10", "revenue_mvnd"}, {"A11", "capital_mvnd"}, {"A12", "status"},
    {"A13", "employees_prev"}, {"A14", "supporting_industry"},
    {"P01", "name"}, {"P02", "position"}, {"P03", "phone"}, {"P04", "email"}, {"P05", "consent"},
};
const size_t column_entries = ENTRIES(column_table);
const char *const optional_columns = "A13 A14 P05";

const struct goal_entry goal_table[] = {
    {"G1", "G1", "BOARDS", "DX_DONE", 100, false, true, true, "2025-12-31"},
    {"G1B", "G1B", "BOARDS", "DX_SYNC", 100, false, true, true, "2025-12-31"},
    {"G2_STRICT", "G2", "ALL", "APPLY_STRICT", 80, true, false, true, "2025-12-31"},
    {"G2_BROAD", "G2", "ALL", "APPLY_BROAD", 80, true, false, false, "2025-12-31"},
    {"G2_CORE", "G2", "ALL", "APPLY_CORE", 80, true, false, false, "2025-12-31"},
    {"G2_ANY", "G2", "ALL", "APPLY_ANY", 80, true, false, false, "2025-12-31"},
    {"G2_STRICT_IND", "G2", "INDUSTRY", "APPLY_STRICT", 80, true, false, false, "2025-12-31"},
    {"G2_BROAD_IND", "G2", "INDUSTRY", "APPLY_BROAD", 80, true, false, false, "2025-12-31"},
    {"G2_CORE_IND", "G2", "INDUSTRY", "APPLY_CORE", 80, true, false, false, "2025-12-31"},
    {"G2_ANY_IND", "G2", "INDUSTRY", "APPLY_ANY", 80, true, false, false, "2025-12-31"},
    {"G2_STRICT_ZONE", "G2", "ZONE", "APPLY_STRICT", 80, true, false, false, "2025-12-31"},
    {"G2_BROAD_ZONE", "G2", "ZONE", "APPLY_BROAD", 80, true, false, false, "2025-12-31"},
    {"G2_CORE_ZONE", "G2", "ZONE", "APPLY_CORE", 80, true, false, false, "2025-12-31"},
    {"G2_ANY_ZONE", "G2", "ZONE", "APPLY_ANY", 80, true, false, false, "2025-12-31"},
    {"G3_STRICT", "G3", "ZONE", "APPLY_STRICT", 100, false, false, true, "2030-12-31"},
    {"G3_BROAD", "G3", "ZONE", "APPLY_BROAD", 100, false, false, false, "2030-12-31"},
    {"G3_CORE", "G3", "ZONE", "APPLY_CORE", 100, false, false, false, "2030-12-31"},
    {"G3_ANY", "G3", "ZONE", "APPLY_ANY", 100, false, false, false, "2030-12-31"},
    {"G4_JOIN", "G4", "SME", "DX_JOIN", 80, true, false, true, "2030-12-31"},
    {"G4_DII", "G4", "SME", "DII_BASIC", 80, true, false, false, "2030-12-31"},
    {"G4_JOIN_XMICRO", "G4", "SME_XMICRO", "DX_JOIN", 80, true, false, false, "2030-12-31"},
};
const size_t goal_entries = ENTRIES(goal_table);
/* clang-format on */
