/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of the default survey: one case or more that fires each, one or more that keeps it silent
 * (most just at its edge). The two that need more than one questionnaire, EH13 and EH14, are fired
 * where files are read. */
#include "survey_table.h"

const char *const check_codes =
    "EH01 EH02 EH03 EH04 EH05 EH06 EH07 EH08 EH09 EH11 EH12 EH13 EH14 EH15 EH16 EH17 EH18 "
    "ES01 ES02 ES03 ES04 ES05 ES06 ES07 ES08 ES09 ES10 ES11 ES12 ES13 ES14 ES15 ES17";
const char *const hard_codes =
    "EH01 EH02 EH03 EH04 EH05 EH06 EH07 EH08 EH09 EH11 EH12 EH13 EH14 EH15 EH16 EH17 EH18";

/* clang-format off */
const struct builtin_entry builtin_table[] = {
    {BUILTIN_TAX_CODE, "EH01", true},
    {BUILTIN_UNKNOWN_QUESTION, "EH02", true},
    {BUILTIN_UNKNOWN_CHOICE, "EH02", true},
    {BUILTIN_EXCLUSIVE_CHOICE, "EH03", true},
    {BUILTIN_CORE_MISSING, "EH04", true},
    {BUILTIN_IRRELEVANT, "EH05", true},
    {BUILTIN_PERCENT_RANGE, "EH06", true},
    {BUILTIN_NUMBER_RANGE, "EH12", true},
    {BUILTIN_DUPLICATE_UNIT, "EH13", true},
    {BUILTIN_UNKNOWN_UNIT, "EH14", true},
    {BUILTIN_TEXT, "EH15", true},
    {BUILTIN_COMMUNE, "EH16", true},
    {BUILTIN_VSIC, "EH17", true},
    {BUILTIN_CODE, "EH12", true},
};
const size_t builtin_entries = ENTRIES(builtin_table);

const struct check_questions check_question_table[] = {
    {"EH04", "B01 C01 D01 G01 H01 H06"},
    {"EH06", "F01 G02 G03 G04 G05_B2C G05_B2B G05_B2G"},
    {"EH07", "G01 G02 G03 G04"},
    {"EH08", "G05_B2C G05_B2B G05_B2G"},
    {"EH09", "F02"},
    {"EH18", "G01 G02 G03 G04"},
    {"ES03", "G03 G01"},
    {"ES04", "C01 E02"},
    {"ES05", "D01 C03"},
    {"ES06", "F01 E01"},
    {"ES07", "E06 G01"},
    {"ES08", "H01"},
    {"ES09", "H01 B01 C01 D01 G01"},
    {"ES10", "E01 B01"},
    {"ES11", "H02"},
    {"ES12", "B01 C01 D01 G01"},
    {"ES13", "B01 C01 C03 D01 E02 E03 E07 F03 G01 H06"},
    {"ES14", "D01"},
    {"ES15", "E03 E04"},
};
const size_t check_question_entries = ENTRIES(check_question_table);

#define ALL_TICKED \
	"B01": ["EOFFICE", "TASK", "EMEET", "ESIGN", "DASH"], \
	"C01": ["ACC", "HRM", "INV", "SALES", "CRM", "ERP", "SCM", "WMS", "BI"], \
	"C03": ["TTM", "TSR", "TNLG", "TIR", "TML", "TPA", "TAR"], "D02": "Q4", \
	"E02": ["EMAIL", "OFFICE", "STORAGE", "FIN_ACC", "ERP", "CRM", "SEC", "DBHOST", "DEVPLAT", \
		"CPU"], \
	"E03": ["PWD", "MFA", "BIO", "ENC", "BACKUP", "NAC", "VPN", "LOG", "RISK", "TEST", "MON"], \
	"E06": "YES", "E07": ["NETWORK", "MESSAGE", "VIDEO", "BLOG"], "F03": ["SPEC", "STAFF", "MGR"], \
	"G01": ["OWNWEB", "MARKET_VN", "MARKET_INT", "SOCIAL", "EDI"], "G02": 10, "G03": 10, \
	"G04": 10, "G05_B2C": 50, "G05_B2B": 50, "G05_B2G": 0, "G06": "NO", "G07": null, \
	"H01": "IMPL", "H06": ["PROG", "SELF", "TRAIN"]
#define ALL_MACHINES \
	"CADCAM", "PLC", "MES", "IOT", "ROBOT", "P3D", "TRACE", "AIQC", "CMMS", "EMS"
/* J() of a text with macros in it. */
#define JX(...) J(__VA_ARGS__)

#define MARKET "G01": ["MARKET_VN"], "G06": "NO", "G07": null
#define MARKET_FULL MARKET, "G03": 5, "G05_B2C": 60, "G05_B2B": 40, "G05_B2G": 0
#define OWN \
	"G01": ["OWNWEB"], "E06": "YES", "G06": "NO", "G07": null, "G02": 5, \
	"G05_B2C": 60, "G05_B2B": 40, "G05_B2G": 0
#define CHANNELS \
	"G01": ["SOCIAL", "MARKET_INT", "EDI"], "G06": "NO", "G07": null, \
	"G05_B2C": 100, "G05_B2B": 0, "G05_B2G": 0

const struct check_case check_table[] = {
    {"EH01", true, J({"row": {"tax_code": "3090000010"}})},
    {"EH01", true, J({"row": {"tax_code": "309000001"}})},
    {"EH01", false, J({"row": {"tax_code": "0314409058-002"}})},
    {"EH02", true, J({"answers": {"E07": ["VIDEO", "BLOG"]}, "bytes": {"VIDEO": "RADIO"}})},
    {"EH02", true, J({"answers": {"C04": ["EINV"]}, "bytes": {"C04": "C05"}})},
    {"EH02", false, J({"answers": {"E07": ["VIDEO", "BLOG"]}})},
    {"EH03", true, J({"answers": {"E07": ["VIDEO", "BLOG"]}, "bytes": {"BLOG": "NONE"}})},
    {"EH03", true, J({"answers": {"C04": ["NONE", "EINV"]}})},
    {"EH03", false, J({"answers": {"C04": ["NONE"]}})},
    {"EH04", true, J({"answers": {"B01": null}})},
    {"EH04", true, J({"answers": {"C01": null}})},
    {"EH04", true, J({"answers": {"D01": null}})},
    {"EH04", true, J({"answers": {"G01": null, "G07": null}})},
    {"EH04", true, J({"answers": {"H01": null}})},
    {"EH04", true, J({"answers": {"H06": null}})},
    {"EH04", false, J({"answers": {"B01": "DK", "C01": "DK", "H01": "DK", "H06": "DK"}})},
    {"EH04", false, J({"row": {"vsic": "G"}, "answers": {"D01": null}})},
    {"EH04", false, J({"row": {"vsic": null}, "answers": {"D01": null}})},
    {"EH05", true, J({"answers": {"B02": "P0"}})},
    {"EH05", true, J({"answers": {"B01": "DK", "B02": "P0"}})},
    {"EH05", true, J({"answers": {"M01": ["GIS"]}})},
    {"EH05", true, J({"row": {"vsic": "47"}})},
    {"EH05", false, J({"answers": {"B01": ["EOFFICE"], "B02": "P0"}})},
    {"EH05", false, J({"row": {"unit_type": "HT"}, "answers": {"M01": ["GIS"]}})},
    {"EH06", true, J({"answers": {"F01": 101}})},
    {"EH06", false, J({"answers": {"F01": 100}})},
    {"EH07", true, JX({"answers": {CHANNELS, "G02": 40, "G03": 40, "G04": 20.1}})},
    {"EH07", true, JX({"answers": {CHANNELS, "G02": 60, "G03": 40.1, "G04": "DK"}})},
    {"EH07", true, JX({"answers": {CHANNELS, "G02": 30, "G03": 50, "G04": 30}})},
    {"EH07", false, JX({"answers": {CHANNELS, "G02": 40, "G03": 40, "G04": 20}})},
    {"EH08", true, JX({"answers": {MARKET, "G03": 5, "G05_B2C": 60, "G05_B2B": 38, "G05_B2G": 0}})},
    {"EH08", true, JX({"answers": {MARKET, "G03": 5, "G05_B2C": 60, "G05_B2B": 42, "G05_B2G": 0}})},
    {"EH08", true,
     JX({"answers": {MARKET, "G03": 5, "G05_B2C": 60, "G05_B2B": 42, "G05_B2G": "DK"}})},
    {"EH08", true, JX({"answers": {MARKET, "G03": 5, "G05_B2C": 60, "G05_B2B": 40, "G05_B2G": 2}})},
    {"EH08", false, JX({"answers": {MARKET, "G03": 5, "G05_B2C": 60, "G05_B2B": 30, "G05_B2G": 10}})},
    {"EH08", false, JX({"answers": {MARKET, "G03": 5, "G05_B2C": 60, "G05_B2B": 39, "G05_B2G": 0}})},
    {"EH08", false, JX({"answers": {MARKET, "G03": 5, "G05_B2C": 60, "G05_B2B": 41, "G05_B2G": 0}})},
    {"EH09", true, J({"answers": {"F02": 41}})},
    {"EH09", false, J({"answers": {"F02": 40}})},
    {"EH09", false, J({"row": {"employees": null}, "answers": {"F02": 900}})},
    {"EH11", true, J({"row": {"start_year": "2026"}})},
    {"EH11", true, J({"answers": {"H01": "IMPL", "H03": 2026}})},
    {"EH11", true, J({"answers": {"H01": "IMPL", "H03": 1989}})},
    {"EH11", false, J({"row": {"start_year": "2025"}, "answers": {"H01": "IMPL", "H03": 2025}})},
    {"EH11", false, J({"row": {"start_year": null}, "answers": {"H01": "PLAN"}})},
    {"EH12", true, J({"row": {"employees": "-5"}})},
    {"EH12", true, J({"row": {"revenue_mvnd": "1.5"}})},
    {"EH12", true, J({"row": {"capital_mvnd": "99999999999999999999"}})},
    {"EH12", true, J({"row": {"legal_form": "XX"}})},
    {"EH12", true, J({"row": {"zone": "KCN_X"}})},
    {"EH12", true, J({"answers": {"H02": -1}})},
    {"EH12", false, J({"answers": {"H02": 0}})},
    {"EH15", true, J({"answers": {"H08": "a\tb"}})},
    {"EH15", true, "{\"answers\": {\"H08\": \"Ky\\u0300 Anh\"}}"}, /* decomposed */
    {"EH15", true, J({"row": {"name": "a\tb"}})},
    {"EH15", false, J({"answers": {"H08": "Xã Kỳ Anh\nPhường Vũng Áng"}})},
    {"EH16", true, J({"row": {"commune": "18000"}})},
    {"EH16", false, J({"row": {"commune": "18844"}})},
    {"EH17", true, J({"row": {"vsic": "V", "vsic_version": "2018"}})},
    {"EH17", true, J({"row": {"vsic": "45", "vsic_version": "2025"}})},
    {"EH17", false, J({"row": {"vsic": "V", "vsic_version": "2025"}, "answers": {"D01": null}})},
    {"EH17", false, J({"row": {"vsic": "45", "vsic_version": "2018"}, "answers": {"D01": null}})},
    {"EH18", true, JX({"answers": {CHANNELS, "G02": null, "G03": 5, "G04": 5}})},
    {"EH18", true, JX({"answers": {CHANNELS, "G02": 5, "G03": null, "G04": 5}})},
    {"EH18", true, JX({"answers": {CHANNELS, "G02": 5, "G03": 5, "G04": null}})},
    {"EH18", false, JX({"answers": {MARKET, "G03": 5, "G05_B2B": 40, "G05_B2G": 0}})},
    {"EH18", false, JX({"answers": {MARKET, "G03": 5, "G05_B2C": 60, "G05_B2G": 0}})},
    {"EH18", false, JX({"answers": {MARKET, "G03": 5, "G05_B2C": 60, "G05_B2B": 40}})},
    {"EH18", true, JX({"answers": {OWN, "G02": null}})},
    {"EH18", false, JX({"answers": {OWN, "G05_B2C": null}})},
    {"EH18", false, JX({"answers": {OWN, "G01": ["SOCIAL"], "G05_B2C": null}})},
    {"EH18", true, JX({"answers": {MARKET_FULL, "G03": null}})},
    {"EH18", false, JX({"answers": {MARKET_FULL, "G01": ["MARKET_INT"], "G05_B2C": null}})},
    {"EH18", false, JX({"answers": {CHANNELS, "G02": "DK", "G03": "DK", "G04": "DK"}})},
    {"EH18", false, JX({"answers": {MARKET, "G03": 5, "G05_B2C": "DK", "G05_B2B": "DK",
					"G05_B2G": "DK"}})},
    {"EH18", false, J({"answers": {"G01": ["EDI"], "G04": 5, "G06": "NO", "G07": null}})},
    {"ES01", true, J({"row": {"employees": "60", "employees_prev": "38"}})},
    {"ES01", true, J({"row": {"employees": "18", "employees_prev": "38"}})},
    {"ES01", true, J({"row": {"employees": "11", "employees_prev": "0"}})},
    {"ES01", false, J({"row": {"employees": "57", "employees_prev": "38"}})},
    {"ES01", false, J({"row": {"employees": "20", "employees_prev": "10"}})},
    {"ES01", false, J({"row": {"employees": "9", "employees_prev": "19"}})},
    {"ES01", false, J({"row": {"employees_prev": null}})},
    {"ES02", true, J({"row": {"revenue_mvnd": "399"}})},
    {"ES02", true, J({"row": {"revenue_mvnd": "2000001"}})},
    {"ES02", true, J({"row": {"employees": "1", "employees_prev": "1", "revenue_mvnd": "9"}})},
    {"ES02", false, J({"row": {"revenue_mvnd": "400"}})},
    {"ES02", false, J({"row": {"revenue_mvnd": "2000000"}})},
    {"ES02", false, J({"row": {"employees": "0", "employees_prev": "0", "revenue_mvnd": "900"}})},
    {"ES03", true, JX({"answers": {MARKET_FULL, "G03": 0}})},
    {"ES03", true, JX({"answers": {MARKET_FULL, "G01": ["MARKET_INT"], "G03": 0}})},
    {"ES03", false, JX({"answers": {MARKET_FULL, "G03": 0.1}})},
    {"ES03", false, JX({"answers": {MARKET_FULL, "G03": "DK"}})},
    {"ES04", true, J({"answers": {"E02": ["ERP"], "C01": ["ACC"]}})},
    {"ES04", true, J({"answers": {"E02": ["CRM"], "C01": ["ERP"]}})},
    {"ES04", false, J({"answers": {"E02": ["ERP", "CRM"], "C01": ["ERP", "CRM"]}})},
    {"ES04", true, J({"answers": {"E02": ["ERP"], "C01": ["CRM"]}})},
    {"ES04", true, J({"answers": {"E02": ["CRM"], "C01": ["ACC"]}})},
    {"ES04", false, J({"answers": {"E02": ["EMAIL", "CPU"], "C01": ["ACC"]}})},
    {"ES04", false, J({"answers": {"E02": ["ERP"], "C01": "DK"}})},
    {"ES05", true, J({"answers": {"C03": ["TAR"], "D01": ["PLC"], "D02": "Q1"}})},
    {"ES05", false, J({"answers": {"C03": ["TAR"], "D01": ["ROBOT"], "D02": "Q1"}})},
    {"ES05", true, J({"answers": {"C03": ["TAR"], "D01": ["CADCAM"], "D02": "Q1"}})},
    {"ES05", false, J({"answers": {"C03": ["TTM"], "D01": ["PLC"], "D02": "Q1"}})},
    {"ES05", false, J({"row": {"vsic": "G"}, "answers": {"C03": ["TAR"], "D01": null}})},
    {"ES06", true, J({"answers": {"F01": 1, "E01": "NONE"}})},
    {"ES06", false, J({"answers": {"F01": 1, "E01": "S0"}})},
    {"ES06", false, J({"answers": {"F01": 0, "E01": "NONE"}})},
    {"ES07", true, JX({"answers": {OWN, "E06": "NO"}})},
    {"ES07", false, JX({"answers": {OWN}})},
    {"ES07", false, JX({"answers": {MARKET_FULL, "E06": "NO"}})},
    {"ES08", true, J({"answers": {"H01": "CONSIDER", "B01": ["TASK"], "C01": ["ACC"],
				  "D01": ["PLC"], "D02": "Q1"}})},
    {"ES08", true, JX({"row": {"vsic": "G"}, "answers": {"H01": "NONE", "B01": ["TASK"],
				"C01": ["ACC"], "D01": null, MARKET_FULL}})},
    {"ES08", true, JX({"answers": {"H01": "NONE", "C01": ["ACC"], "D01": ["PLC"], "D02": "Q1",
				   MARKET_FULL}})},
    {"ES08", true, JX({"answers": {"H01": "NONE", "B01": ["TASK"], "D01": ["PLC"], "D02": "Q1",
				   MARKET_FULL}})},
    {"ES08", false, J({"answers": {"H01": "CONSIDER", "B01": ["TASK"], "C01": ["ACC"]}})},
    {"ES08", false, J({"answers": {"H01": "CONSIDER", "B01": ["TASK"], "D01": ["PLC"],
				   "D02": "Q1"}})},
    {"ES08", false, JX({"answers": {"H01": "CONSIDER", "C01": ["ACC"], MARKET_FULL}})},
    {"ES08", false, J({"answers": {"H01": "PLAN", "B01": ["TASK"], "C01": ["ACC"],
				   "D01": ["PLC"], "D02": "Q1"}})},
    {"ES09", true, J({"answers": {"H01": "OPT"}})},
    {"ES09", false, J({"answers": {"H01": "OPT", "C01": ["ACC"]}})},
    {"ES09", false, J({"answers": {"H01": "OPT", "C01": "DK"}})},
    {"ES10", true, J({"answers": {"B01": ["EMEET"], "E01": "NONE"}})},
    {"ES10", false, J({"answers": {"B01": ["EMEET"], "E01": "S0"}})},
    {"ES10", false, J({"answers": {"B01": ["EOFFICE"], "E01": "NONE"}})},
    {"ES10", false, J({"answers": {"B01": ["TASK"], "E01": "NONE"}})},
    {"ES11", true, J({"answers": {"H02": 6001}})},
    {"ES11", false, J({"answers": {"H02": 6000}})},
    {"ES11", false, J({"row": {"revenue_mvnd": null}, "answers": {"H02": 6001}})},
    {"ES12", true, J({"earlier": {"OPS": 1}})},
    {"ES12", true, J({"earlier": {"MGMT": 1}})},
    {"ES12", true, J({"earlier": {"PROD": 1}})},
    {"ES12", true, J({"earlier": {"ECOM_S": 1}})},
    {"ES12", false, J({"earlier": {"OPS": 0, "MGMT": 2, "PROD": 3, "ECOM_S": 0}})},
    {"ES12", false, J({"earlier": {"OPS": 1}, "answers": {"B01": ["TASK"]}})},
    {"ES12", false, J({"earlier": {"OPS": 3, "MGMT": 3, "PROD": 3, "ECOM_S": 3}})},
    {"ES12", false, J({"earlier": {"OPS": 1}, "answers": {"B01": ["EOFFICE"]}})},
    {"ES12", false, J({"earlier": {"MGMT": 1}, "answers": {"C01": ["ACC"]}})},
    {"ES12", false, J({"earlier": {"PROD": 1}, "answers": {"D01": ["CADCAM"], "D02": "Q1"}})},
    {"ES12", false, JX({"earlier": {"ECOM_S": 1}, "answers": {OWN}})},
    {"ES12", false, J({"earlier": {"PROD": 1}, "row": {"vsic": "G"}, "answers": {"D01": null}})},
    {"ES13", true, J({"seconds": 89})},
    {"ES13", true, J({"seconds": 89, "row": {"vsic": "G"}, "answers": {"D01": null}})},
    {"ES13", true, JX({"seconds": 89, "answers": {ALL_TICKED, "D01": [ALL_MACHINES]}})},
    {"ES13", true, JX({"seconds": 89, "answers": {ALL_TICKED,
		"D01": {"choices": [ALL_MACHINES, "OTHER"], "other": "in lụa"}}})},
    {"ES13", false, J({"seconds": 90})},
    {"ES13", false, J({"seconds": null})},
    {"ES13", false, J({"seconds": 89, "answers": {"C01": ["ACC"]}})},
    {"ES13", false, JX({"seconds": 89, "answers": {ALL_TICKED, "D01": [ALL_MACHINES],
						   "F03": ["SPEC", "STAFF"]}})},
    {"ES14", true, J({"answers": {"D01": "DK"}})},
    {"ES14", false, J({"row": {"vsic": null}, "answers": {"D01": "DK"}})},
    {"ES14", false, J({"row": {"unit_type": "BQL"}, "answers": {"D01": null}})},
    {"ES15", true, J({"answers": {"E04": "YES", "E03": ["NONE"]}})},
    {"ES15", false, J({"answers": {"E04": "YES", "E03": ["PWD"]}})},
    {"ES15", false, J({"answers": {"E04": "YES", "E03": "DK"}})},
    {"ES17", true, J({"row": {"capital_mvnd": "0"}})},
    {"ES17", true, J({"row": {"employees": "11", "employees_prev": "11", "capital_mvnd": "0"}})},
    {"ES17", false,
     J({"row": {"employees": "10", "employees_prev": "10", "capital_mvnd": "0"}})},
    {"ES17", false, J({"row": {"capital_mvnd": "1"}})},
    {"ES17", false, J({"row": {"capital_mvnd": null}})},
};
const size_t check_cases = ENTRIES(check_table);
/* clang-format on */
