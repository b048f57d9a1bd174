/* SPDX-License-Identifier: Apache-2.0 */
/* Indicators, scores and populations of the default survey: a case for each value that each can
 * take. */
#include "survey_table.h"

const char *const indicator_codes =
    "OPS MGMT MGMT_ADV PROD ECOM_S ECOM_B ECOM_1PCT APPLY_STRICT APPLY_BROAD APPLY_CORE APPLY_ANY "
    "M01ANY M02ANY M03ANY M04ANY DX_DONE DX_SYNC DX_JOIN "
    "DII_BASIC DII3_VLO DII3_LO DII3_HI DII3_VHI DII4_BASIC";

/* J() of a text with macros in it. */
#define JX(...) J(__VA_ARGS__)

/* clang-format off */
#define T TRUTH_TRUE
#define F TRUTH_FALSE
#define U TRUTH_UNKNOWN
#define NA TRUTH_NA

#define TRADE "row": {"vsic": "G"}
#define BOARD "row": {"unit_type": "BQL", "vsic": "P"}
#define NO_D "D01": null
#define LEGS_3 "B01": ["TASK"], "C01": ["ACC"], "D01": ["IOT"], "D02": "Q1", "H01": "IMPL"
#define LEGS_2 NO_D, "B01": ["TASK"], "C01": ["ACC"], "H01": "IMPL"
#define SOLD "G06": "NO", "G07": null
#define MARKET SOLD, "G01": ["MARKET_VN"], "G03": 5, "G05_B2C": 60, "G05_B2B": 40, "G05_B2G": 0
#define OWN \
	SOLD, "G01": ["OWNWEB"], "G02": 5, "G05_B2C": 60, "G05_B2B": 40, "G05_B2G": 0, "E06": "YES"
#define THREE_SHARES OWN, "G01": ["OWNWEB", "MARKET_INT", "EDI"], "G02": 0.4, "G03": 0.3
#define SILENT_TRADE "G01": "DK", "G07": null

const struct indicator_case indicator_table[] = {
    {"OPS", F, NULL},
    {"OPS", T, J({"answers": {"B01": ["EOFFICE"]}})},
    {"OPS", T, J({"answers": {"B01": ["TASK"]}})},
    {"OPS", T, J({"answers": {"B01": ["EMEET"]}})},
    {"OPS", T, J({"answers": {"B01": ["ESIGN"]}})},
    {"OPS", T, J({"answers": {"B01": ["DASH"]}})},
    {"OPS", U, J({"answers": {"B01": "DK"}})},
    {"MGMT", F, NULL},
    {"MGMT", T, J({"answers": {"C01": ["ACC"]}})},
    {"MGMT", T, J({"answers": {"C01": ["BI"]}})},
    {"MGMT", U, J({"answers": {"C01": "DK"}})},
    {"MGMT_ADV", F, J({"answers": {"C01": ["ACC"]}})},
    {"MGMT_ADV", T, J({"answers": {"C01": ["ACC", "HRM"]}})},
    {"MGMT_ADV", T, J({"answers": {"C01": ["WMS"]}})},
    {"MGMT_ADV", U, J({"answers": {"C01": "DK"}})},
    {"PROD", F, NULL},
    {"PROD", T, J({"answers": {"D01": ["CADCAM"], "D02": "Q1"}})},
    {"PROD", T, J({"answers": {"D01": {"choices": ["EMS", "OTHER"], "other": "khoan"}}})},
    {"PROD", U, J({"answers": {"D01": {"choices": ["OTHER"], "other": "khoan"}}})},
    {"PROD", U, J({"answers": {"D01": "DK"}})},
    {"PROD", U, J({"row": {"vsic": null}, "answers": {"D01": ["PLC"]}})},
    {"PROD", NA, JX({TRADE, "answers": {NO_D}})},
    {"PROD", NA, J({"row": {"unit_type": "BQL"}, "answers": {"D01": null}})},
    {"ECOM_S", F, NULL},
    {"ECOM_S", F, JX({"answers": {OWN}})},
    {"ECOM_S", T, JX({"answers": {MARKET}})},
    {"ECOM_S", T, JX({"answers": {MARKET, "G01": ["MARKET_INT"]}})},
    {"ECOM_S", U, JX({"answers": {SILENT_TRADE}})},
    {"ECOM_B", F, NULL},
    {"ECOM_B", F, JX({"answers": {SOLD, "G01": ["EDI"], "G04": 5}})},
    {"ECOM_B", T, JX({"answers": {OWN}})},
    {"ECOM_B", T, JX({"answers": {OWN, "G01": ["SOCIAL"]}})},
    {"ECOM_B", T, JX({"answers": {MARKET}})},
    {"ECOM_B", U, JX({"answers": {SILENT_TRADE}})},
    {"ECOM_1PCT", F, NULL}, /* every share is irrelevant: 0 */
    {"ECOM_1PCT", F, JX({"answers": {MARKET, "G03": 0.9}})},
    {"ECOM_1PCT", T, JX({"answers": {MARKET, "G03": 1}})},
    {"ECOM_1PCT", T, JX({"answers": {MARKET, "G01": ["MARKET_VN", "EDI"], "G03": 1, "G04": "DK"}})},
    {"ECOM_1PCT", U, JX({"answers": {MARKET, "G01": ["MARKET_VN", "EDI"], "G03": 0.9, "G04": "DK"}})},
    {"ECOM_1PCT", T, JX({"answers": {THREE_SHARES, "G04": 0.3}})},
    {"ECOM_1PCT", F, JX({"answers": {THREE_SHARES, "G04": 0.2}})},
    {"ECOM_1PCT", U, JX({"answers": {MARKET, "G03": "DK"}})},
    {"ECOM_1PCT", U, JX({"answers": {SILENT_TRADE}})},
    {"APPLY_STRICT", F, NULL},
    {"APPLY_STRICT", T, JX({"answers": {LEGS_3, MARKET}})},
    {"APPLY_STRICT", T, JX({TRADE, "answers": {LEGS_2, MARKET}})},
    {"APPLY_STRICT", F, JX({"answers": {LEGS_3, OWN}})},
    {"APPLY_STRICT", F, JX({"answers": {MARKET, "B01": "DK"}})},
    {"APPLY_STRICT", U, JX({"answers": {LEGS_3, SILENT_TRADE}})},
    {"APPLY_BROAD", F, JX({"answers": {LEGS_3}})},
    {"APPLY_BROAD", T, JX({"answers": {LEGS_3, OWN}})},
    {"APPLY_BROAD", U, JX({"answers": {LEGS_3, OWN, "C01": "DK"}})},
    {"APPLY_CORE", F, JX({"answers": {LEGS_3, "D01": ["NONE"], "D02": null}})},
    {"APPLY_CORE", T, JX({"answers": {LEGS_3}})},
    {"APPLY_CORE", T, JX({TRADE, "answers": {LEGS_2}})},
    {"APPLY_CORE", U, JX({"row": {"vsic": null}, "answers": {LEGS_3}})},
    {"APPLY_ANY", F, NULL},
    {"APPLY_ANY", F, JX({TRADE, "answers": {NO_D}})},
    {"APPLY_ANY", T, J({"answers": {"C01": ["ACC"], "B01": "DK"}})},
    {"APPLY_ANY", T, JX({"answers": {MARKET}})},
    {"APPLY_ANY", U, J({"answers": {"D01": "DK"}})},
    {"M01ANY", NA, NULL},
    {"M01ANY", T, JX({BOARD, "answers": {NO_D, "M01": ["IOC", "GIS"]}})},
    {"M01ANY", F, JX({BOARD, "answers": {NO_D, "M01": ["NONE"]}})},
    {"M01ANY", U, JX({BOARD, "answers": {NO_D, "M01": "DK"}})},
    {"M01ANY", U, JX({BOARD, "answers": {NO_D}})},
    {"M01ANY", U, JX({BOARD, "answers": {NO_D, "M01": {"choices": ["OTHER"], "other": "khoan"}}})},
    {"M02ANY", NA, NULL},
    {"M02ANY", T, JX({BOARD, "answers": {NO_D, "M02": ["VR"]}})},
    {"M02ANY", F, JX({BOARD, "answers": {NO_D, "M02": ["NONE"]}})},
    {"M02ANY", U, JX({BOARD, "answers": {NO_D, "M02": "DK"}})},
    {"M03ANY", NA, NULL},
    {"M03ANY", T, JX({BOARD, "answers": {NO_D, "M03": ["B2B"]}})},
    {"M03ANY", F, JX({BOARD, "answers": {NO_D, "M03": ["NONE"]}})},
    {"M03ANY", U, JX({BOARD, "answers": {NO_D, "M03": "DK"}})},
    {"M04ANY", NA, NULL},
    {"M04ANY", T, J({"row": {"unit_type": "HT"}, "answers": {"M04": ["TRACE"]}})},
    {"M04ANY", F, J({"row": {"unit_type": "HT"}, "answers": {"M04": ["NONE"]}})},
    {"M04ANY", U, J({"row": {"unit_type": "HT"}, "answers": {"M04": "DK"}})},
    {"DX_DONE", T, JX({BOARD, "answers": {NO_D, "H01": "IMPL", "M01": ["GIS"]}})},
    {"DX_DONE", T, JX({BOARD, "answers": {NO_D, "H01": "OPT", "M01": ["GIS"]}})},
    {"DX_DONE", F, JX({BOARD, "answers": {NO_D, "H01": "PLAN", "M01": ["GIS"]}})},
    {"DX_DONE", F, JX({BOARD, "answers": {NO_D, "H01": "IMPL", "M01": ["NONE"]}})},
    {"DX_DONE", U, JX({BOARD, "answers": {NO_D, "H01": "DK", "M01": ["GIS"]}})},
    {"DX_SYNC", NA, NULL},
    {"DX_SYNC", T,
     JX({BOARD, "answers": {NO_D, "M01": ["GIS"], "M02": ["WEB"], "M03": ["FAIR"], "M04": ["LIVE"]}})},
    {"DX_SYNC", F, JX({BOARD, "answers": {NO_D, "M03": ["NONE"]}})},
    {"DX_SYNC", U,
     JX({BOARD, "answers": {NO_D, "M01": ["GIS"], "M02": ["WEB"], "M03": ["FAIR"], "M04": "DK"}})},
    {"DX_JOIN", F, NULL},
    {"DX_JOIN", F, J({"answers": {"H01": "PLAN"}})},
    {"DX_JOIN", F, J({"answers": {"C01": ["ACC"]}})}, /* a blank H02 counts false */
    {"DX_JOIN", F, J({"answers": {"C01": ["ACC"], "H02": 0}})},
    {"DX_JOIN", T, J({"answers": {"C01": ["ACC"], "H02": 1}})},
    {"DX_JOIN", T, J({"answers": {"C01": ["ACC"], "H01": "PLAN"}})},
    {"DX_JOIN", T, J({"answers": {"C01": ["ACC"], "H06": ["TRAIN"]}})},
    {"DX_JOIN", U, J({"answers": {"C01": ["ACC"], "H02": "DK"}})},
    {"DX_JOIN", U, J({"answers": {"C01": ["ACC"], "H06": "DK"}})},
    {"DX_JOIN", U, J({"answers": {"C01": "DK", "H06": ["PROG"]}})},

#define POINTS_2 "F01": 51, "C02": "OWN"
#define POINTS_3 POINTS_2, "C03": ["TML"]
#define POINTS_4 POINTS_3, "E01": "S30"
#define POINTS_7 POINTS_4, "E02": ["ERP"], "C01": ["ACC", "ERP"], "H01": "IMPL"
    {"DII_BASIC", F, JX({"answers": {POINTS_3}})},
    {"DII_BASIC", T, JX({"answers": {POINTS_4}})},
    {"DII_BASIC", T, JX({"answers": {POINTS_4, "E07": "DK"}})},
    {"DII_BASIC", U, JX({"answers": {POINTS_3, "E01": "DK"}})},
    {"DII3_VLO", T, JX({"answers": {POINTS_3}})},
    {"DII3_VLO", F, JX({"answers": {POINTS_4}})},
    {"DII3_VLO", U, JX({"answers": {POINTS_3, "E01": "DK"}})},
    {"DII3_LO", T, JX({"answers": {POINTS_4}})},
    {"DII3_LO", F, JX({"answers": {POINTS_3}})},
    {"DII3_LO", F, JX({"answers": {POINTS_7}})},
    {"DII3_LO", U, JX({"answers": {POINTS_4, "E02": "DK", "E07": "DK"}})},
    {"DII3_HI", T, JX({"answers": {POINTS_7}})},
    {"DII3_HI", F, JX({"answers": {POINTS_4}})},
    {"DII3_HI", U, JX({"answers": {POINTS_7, "C03": "DK"}})},
    {"DII3_VHI", T, JX({"answers": {POINTS_7, MARKET, "E07": ["BLOG"]}})},
    {"DII3_VHI", F, JX({"answers": {POINTS_7, MARKET}})},
    {"DII3_VHI", U, JX({"answers": {POINTS_7, MARKET, "E07": "DK"}})},
    {"DII4_BASIC", F, JX({"answers": {"F01": 51, "E01": "S30", "B03": "YES"}})},
    {"DII4_BASIC", T, JX({"answers": {"F01": 51, "E01": "S30", "B03": "YES", "F02": 1}})},
    {"DII4_BASIC", U, JX({"answers": {"F01": 51, "E01": "S30", "B03": "YES", "F02": "DK"}})},
};
const size_t indicator_cases = ENTRIES(indicator_table);

#define WEB_SALES SOLD, "G01": ["OWNWEB", "MARKET_VN"], "E06": "YES", "G05_B2G": 0
const struct item_case item_table[] = {
    {"DII3", 1, F, J({"answers": {"F01": 50}})},
    {"DII3", 1, T, J({"answers": {"F01": 51}})},
    {"DII3", 1, U, J({"answers": {"F01": "DK"}})},
    {"DII3", 2, F, NULL},
    {"DII3", 2, T, J({"answers": {"C03": ["TTM"]}})},
    {"DII3", 2, T, J({"answers": {"C03": ["TPA"]}})},
    {"DII3", 2, U, J({"answers": {"C03": "DK"}})},
    {"DII3", 3, F, NULL},
    {"DII3", 3, F, J({"answers": {"E01": "NONE"}})},
    {"DII3", 3, T, J({"answers": {"E01": "S30"}})},
    {"DII3", 3, T, J({"answers": {"E01": "S1000"}})},
    {"DII3", 3, U, J({"answers": {"E01": null}})},
    {"DII3", 4, F, NULL},
    {"DII3", 4, T, J({"answers": {"C02": "EXT"}})},
    {"DII3", 4, U, J({"answers": {"C02": "DK"}})},
    {"DII3", 5, F, NULL},
    {"DII3", 5, T, J({"answers": {"E02": ["CPU"]}})},
    {"DII3", 5, U, J({"answers": {"E02": "DK"}})},
    {"DII3", 6, F, J({"answers": {"E02": ["EMAIL", "OFFICE", "STORAGE", "CPU"]}})},
    {"DII3", 6, T, J({"answers": {"E02": ["DEVPLAT"]}})},
    {"DII3", 6, U, J({"answers": {"E02": "DK"}})},
    {"DII3", 7, F, NULL},
    {"DII3", 7, T, J({"answers": {"E07": ["BLOG"]}})},
    {"DII3", 7, U, J({"answers": {"E07": "DK"}})},
    {"DII3", 8, F, J({"answers": {"C01": ["CRM"]}})},
    {"DII3", 8, T, J({"answers": {"C01": ["ERP"]}})},
    {"DII3", 8, U, J({"answers": {"C01": "DK"}})},
    {"DII3", 9, F, J({"answers": {"C01": ["ERP"]}})},
    {"DII3", 9, T, J({"answers": {"C01": ["CRM"]}})},
    {"DII3", 9, U, J({"answers": {"C01": "DK"}})},
    {"DII3", 10, F, J({"answers": {"E07": ["NETWORK", "MESSAGE"]}})}, /* one type */
    {"DII3", 10, T, J({"answers": {"E07": ["MESSAGE", "BLOG"]}})},
    {"DII3", 10, U, J({"answers": {"E07": "DK"}})},
    {"DII3", 11, F, NULL},
    {"DII3", 11, F, JX({"answers": {MARKET, "G03": 0.9}})},
    {"DII3", 11, T, JX({"answers": {MARKET, "G03": 1}})},
    {"DII3", 11, T, JX({"answers": {SOLD, "G01": ["EDI"], "G04": 1}})},
    {"DII3", 11, T, JX({"answers": {THREE_SHARES, "G04": 0.3}})},
    {"DII3", 11, F, JX({"answers": {THREE_SHARES, "G04": 0.2}})},
    {"DII3", 11, U, JX({"answers": {MARKET, "G03": "DK"}})},
    {"DII3", 12, F, NULL},
    {"DII3", 12, F, JX({"answers": {MARKET, "G03": 1}})},
    {"DII3", 12, F, JX({"answers": {MARKET, "G05_B2C": 10, "G05_B2B": 90}})},
    {"DII3", 12, T, JX({"answers": {MARKET, "G03": 1.1, "G05_B2C": 11, "G05_B2B": 89}})},
    {"DII3", 12, T, JX({"answers": {WEB_SALES, "G02": 0.6, "G03": 0.5, "G05_B2C": 100, "G05_B2B": 0}})},
    {"DII3", 12, U, JX({"answers": {MARKET, "G05_B2C": "DK"}})},
    {"DII3", 12, U, JX({"answers": {SILENT_TRADE}})},
    {"DII3", 12, F, JX({"answers": {SOLD, "G01": ["EDI"], "G04": 90}})},
    {"DII4", 1, F, J({"answers": {"F01": 50}})},
    {"DII4", 1, T, J({"answers": {"F01": 51}})},
    {"DII4", 1, U, J({"answers": {"F01": null}})},
    {"DII4", 2, F, NULL},
    {"DII4", 2, T, J({"answers": {"F02": 1}})},
    {"DII4", 2, U, J({"answers": {"F02": "DK"}})},
    {"DII4", 3, F, NULL},
    {"DII4", 3, T, J({"answers": {"E01": "S100"}})},
    {"DII4", 3, U, J({"answers": {"E01": "DK"}})},
    {"DII4", 4, F, J({"answers": {"B01": ["TASK"]}})},
    {"DII4", 4, T, J({"answers": {"B01": ["EMEET"]}})},
    {"DII4", 4, U, J({"answers": {"B01": "DK"}})},
    {"DII4", 5, F, NULL},
    {"DII4", 5, T, J({"answers": {"E05": "YES"}})},
    {"DII4", 5, U, J({"answers": {"E05": "DK"}})},
    {"DII4", 6, F, J({"answers": {"F03": ["SPEC", "MGR"]}})},
    {"DII4", 6, T, J({"answers": {"F03": ["STAFF"]}})},
    {"DII4", 6, U, J({"answers": {"F03": "DK"}})},
    {"DII4", 7, F, J({"answers": {"E03": ["PWD", "MFA"]}})},
    {"DII4", 7, T, J({"answers": {"E03": ["PWD", "MFA", "MON"]}})},
    {"DII4", 7, U, J({"answers": {"E03": "DK"}})},
    {"DII4", 8, F, NULL},
    {"DII4", 8, T, J({"answers": {"E04": "YES", "E03": ["PWD"]}})},
    {"DII4", 8, U, J({"answers": {"E04": "DK"}})},
    {"DII4", 9, F, NULL},
    {"DII4", 9, T, J({"answers": {"B03": "YES"}})},
    {"DII4", 9, U, J({"answers": {"B03": "DK"}})},
    {"DII4", 10, F, J({"answers": {"D01": ["PLC"]}})},
    {"DII4", 10, F, JX({TRADE, "answers": {NO_D}})}, /* not applicable counts 0 */
    {"DII4", 10, T, J({"answers": {"D01": ["ROBOT"]}})},
    {"DII4", 10, U, J({"answers": {"D01": "DK"}})},
    {"DII4", 11, F, JX({"answers": {MARKET, "G03": 0.9}})},
    {"DII4", 11, T, JX({"answers": {SOLD, "G01": ["EDI"], "G04": 1}})},
    {"DII4", 11, T, JX({"answers": {THREE_SHARES, "G04": 0.3}})},
    {"DII4", 11, F, JX({"answers": {THREE_SHARES, "G04": 0.2}})},
    {"DII4", 11, F, NULL},
    {"DII4", 11, U, JX({"answers": {SILENT_TRADE}})},
    {"DII4", 12, F, NULL},
    {"DII4", 12, F, JX({"answers": {SOLD, "G01": ["EDI"], "G04": 90}})},
    {"DII4", 12, F, JX({"answers": {MARKET, "G03": 1}})},
    {"DII4", 12, F, JX({"answers": {MARKET, "G05_B2C": 10, "G05_B2B": 90}})},
    {"DII4", 12, T, JX({"answers": {MARKET, "G03": 1.1, "G05_B2C": 11, "G05_B2B": 89}})},
    {"DII4", 12, T, JX({"answers": {OWN}})},
    {"DII4", 12, U, JX({"answers": {OWN, "G02": "DK"}})},
    {"PARTIAL", 1, F, NULL},
    {"PARTIAL", 1, T, J({"answers": {"B01": ["DASH"]}})},
    {"PARTIAL", 1, U, J({"answers": {"B01": "DK"}})},
    {"PARTIAL", 2, F, NULL},
    {"PARTIAL", 2, T, J({"answers": {"C01": ["ACC"]}})},
    {"PARTIAL", 2, U, J({"answers": {"C01": "DK"}})},
    {"PARTIAL", 3, F, NULL},
    {"PARTIAL", 3, T, J({"answers": {"D01": ["MES"]}})},
    {"PARTIAL", 3, U, J({"answers": {"D01": "DK"}})},
    {"PARTIAL", 3, NA, JX({TRADE, "answers": {NO_D}})},
    {"PARTIAL", 4, F, NULL},
    {"PARTIAL", 4, T, JX({"answers": {MARKET}})},
    {"PARTIAL", 4, U, JX({"answers": {SILENT_TRADE}})},
};
const size_t item_cases = ENTRIES(item_table);

#define FULL \
	LEGS_3, MARKET, "B01": ["EMEET"], "B03": "YES", "C01": ["ERP", "CRM"], "C02": "BOTH", \
	"C03": ["TML"], "D01": ["ROBOT"], "E01": "S500", "E02": ["ERP"], "E03": ["PWD", "MFA", "VPN"], \
	"E04": "YES", "E05": "YES", "E07": ["VIDEO", "BLOG"], "F01": 100, "F02": 2, "F03": ["STAFF"]
#define UNSURE \
	SILENT_TRADE, "B01": "DK", "B03": "DK", "C01": "DK", "C02": "DK", "C03": "DK", "D01": "DK", \
	"E01": "DK", "E02": "DK", "E03": "DK", "E04": "DK", "E05": "DK", "E07": "DK", "F01": "DK", \
	"F02": "DK", "F03": "DK"
const struct score_case score_table[] = {
    {"DII3", 0, 0, NULL},
    {"DII3", 12, 12, JX({"answers": {FULL}})},
    {"DII3", 0, 12, JX({"answers": {UNSURE}})},
    {"DII3", 9, 12, JX({"answers": {FULL, "E07": "DK", "C03": "DK"}})},
    {"DII4", 0, 0, NULL},
    {"DII4", 12, 12, JX({"answers": {FULL}})},
    {"DII4", 0, 12, JX({"answers": {UNSURE}})},
    {"DII4", 11, 11, JX({TRADE, "answers": {FULL, NO_D, "D02": null}})},
    {"DII4", 0, 11, JX({TRADE, "answers": {UNSURE, NO_D}})},
    {"PARTIAL", 0, 0, NULL},
    {"PARTIAL", 4, 4, JX({"answers": {FULL}})},
    {"PARTIAL", 3, 3, JX({TRADE, "answers": {FULL, NO_D, "D02": null}})},
    {"PARTIAL", 0, 4, JX({"answers": {UNSURE}})},
    {"PARTIAL", 3, 4, JX({"answers": {FULL, SILENT_TRADE, "G03": null, "G05_B2C": null,
				      "G05_B2B": null, "G05_B2G": null, "G06": null}})},
};
const size_t score_cases = ENTRIES(score_table);

/* One more item of DII3 at each step. */
#define P1 "F01": 51
#define P2 P1, "C03": ["TTM"]
#define P3 P2, "E01": "S30"
#define P4 P3, "C02": "OWN"
#define P5 P4, "E02": ["EMAIL"]
#define P6 P5, "E02": ["SEC"]
#define P7 P6, "E07": ["VIDEO"]
#define P8 P7, "C01": ["ERP"], "H01": "IMPL"
#define P9 P8, "C01": ["ERP", "CRM"]
#define P10 P9, "E07": ["VIDEO", "NETWORK"]
#define P11 P10, MARKET, "G03": 1
#define P12 P11, "G03": 1.1
const char *const points_table[13] = {
    NULL, JX({"answers": {P1}}), JX({"answers": {P2}}), JX({"answers": {P3}}),
    JX({"answers": {P4}}), JX({"answers": {P5}}), JX({"answers": {P6}}), JX({"answers": {P7}}),
    JX({"answers": {P8}}), JX({"answers": {P9}}), JX({"answers": {P10}}),
    JX({"answers": {P11}}), JX({"answers": {P12}}),
};

const struct population_case population_table[] = {
    {"BOARDS", F, NULL},
    {"BOARDS", T, J({"row": {"unit_type": "BQL"}})},
    {"BOARDS", T, J({"row": {"unit_type": "HT"}})},
    {"BOARDS", F, J({"row": {"unit_type": "BQL", "status": "CEASED"}})},
    {"BOARDS", U, J({"row": {"unit_type": "BQL", "status": null}})},
    {"ALL", T, NULL},
    {"ALL", T, J({"row": {"unit_type": "HT"}})},
    {"ALL", F, J({"row": {"unit_type": "HTX"}})},
    {"ALL", F, J({"row": {"unit_type": "BQL"}})},
    {"ALL", F, J({"row": {"status": "SUSP"}})},
    {"ALL", F, J({"row": {"tax_code": "0314409058-002"}})},
    {"ALL", F, J({"row": {"tax_code": "0314409058-002", "status": null}})},
    {"ALL", U, J({"row": {"status": null}})},
    {"INDUSTRY", T, NULL},
    {"INDUSTRY", T, J({"row": {"vsic": "36"}})},
    {"INDUSTRY", F, J({"row": {"vsic": "F"}})},
    {"INDUSTRY", F, J({"row": {"vsic": "A"}})},
    {"INDUSTRY", U, J({"row": {"vsic": null}})},
    {"INDUSTRY", F, J({"row": {"tax_code": "0314409058-002"}})},
    {"INDUSTRY", T, J({"row": {"unit_type": "HT"}})},
    {"INDUSTRY", F, J({"row": {"unit_type": "HTX"}})},
    {"INDUSTRY", F, J({"row": {"status": "NOTYET"}})},
    {"ZONE", F, NULL},
    {"ZONE", T, J({"row": {"zone": "KCN_VUNGANG1"}})},
    {"ZONE", T, J({"row": {"zone": "KKT_CAUTREO"}})},
    {"ZONE", T, J({"row": {"zone": "CCN_21"}})},
    {"ZONE", U, J({"row": {"zone": null}})},
    {"ZONE", F, J({"row": {"zone": "CCN_21", "unit_type": "HTX"}})},
    {"ZONE", T, J({"row": {"zone": "CCN_01", "unit_type": "HT"}})},
    {"ZONE", F, J({"row": {"zone": "CCN_01", "status": "SUSP"}})},
    {"ZONE", F, J({"row": {"zone": "CCN_01", "tax_code": "0314409058-002"}})},
    {"SME", T, NULL},
    {"SME", T, J({"row": {"employees": "5"}})},
    {"SME", F, J({"row": {"employees": "201"}})},
    {"SME", T, J({"row": {"employees": "5", "revenue_mvnd": null}})}, /* class open, in anyway */
    {"SME", U, J({"row": {"employees": null}})},
    {"SME", F, J({"row": {"employees": null, "revenue_mvnd": "300001", "capital_mvnd": "100001"}})},
    {"SME", T, J({"row": {"unit_type": "HT"}})},
    {"SME", F, J({"row": {"unit_type": "BQL"}})},
    {"SME", F, J({"row": {"status": "CEASED"}})},
    {"SME", F, J({"row": {"tax_code": "0314409058-002"}})},
    {"SME_XMICRO", T, NULL},
    {"SME_XMICRO", F, J({"row": {"employees": "5", "revenue_mvnd": "3000"}})},
    {"SME_XMICRO", F, J({"row": {"employees": "201"}})},
    {"SME_XMICRO", U, J({"row": {"employees": "5", "revenue_mvnd": null, "capital_mvnd": null}})},
    {"SME_XMICRO", T, J({"row": {"employees": "150", "revenue_mvnd": "150000"}})},
    {"SME_XMICRO", T, J({"row": {"unit_type": "HT"}})},
    {"SME_XMICRO", F, J({"row": {"unit_type": "HTX"}})},
    {"SME_XMICRO", F, J({"row": {"status": "CEASED"}})},
    {"SME_XMICRO", F, J({"row": {"tax_code": "0314409058-002"}})},
};
const size_t population_cases = ENTRIES(population_table);
/* clang-format on */
