/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of choices of the default survey: what each choice does when it stands alone. */
#include "survey_table.h"

#define OPS_CODES "EOFFICE TASK EMEET ESIGN DASH"
#define MGMT_CODES "ACC HRM INV SALES CRM ERP SCM WMS BI"
#define PROD_CODES "CADCAM PLC MES IOT ROBOT P3D TRACE AIQC CMMS EMS"
#define APPLIED "{\"answers\": {\"C01\": [\"ACC\"]}}"
#define BOARD "{\"row\": {\"unit_type\": \"BQL\", \"vsic\": null}, \"answers\": {\"D01\": null}}"
#define BOARD_GIS                                                                                  \
	"{\"row\": {\"unit_type\": \"BQL\"}, \"answers\": {\"D01\": null, \"M01\": [\"GIS\"]}}"

/* clang-format off */
const struct choice_set choice_table[] = {
    {"OPS", NULL, 0, "B01", OPS_CODES, NULL},
    {"MGMT", NULL, 0, "C01", MGMT_CODES, NULL},
    {"MGMT_ADV", NULL, 0, "C01", "HRM INV SALES CRM ERP SCM WMS BI", NULL},
    {"PROD", NULL, 0, "D01", PROD_CODES, NULL},
    {"ECOM_S", NULL, 0, "G01", "MARKET_VN MARKET_INT", NULL},
    {"ECOM_B", NULL, 0, "G01", "MARKET_VN MARKET_INT OWNWEB SOCIAL", NULL},
    {"M01ANY", NULL, 0, "M01", "GIS INFRA TENANT EOFFICE ESERV IOC", BOARD},
    {"M02ANY", NULL, 0, "M02", "WEB LANDMAP VR LEADS EVENT SOCIAL", BOARD},
    {"M03ANY", NULL, 0, "M03", "FAIR B2B DIRECT", BOARD},
    {"M04ANY", NULL, 0, "M04", "MARKET TRACE LOGIS LIVE", BOARD},
    {"DX_DONE", NULL, 0, "H01", "IMPL OPT", BOARD_GIS},
    {"DX_JOIN", NULL, 0, "H01", "PLAN IMPL OPT", APPLIED},
    {"DX_JOIN", NULL, 0, "H06", "PROG SELF TRAIN", APPLIED},
    {NULL, "DII3", 2, "C03", "TTM TSR TNLG TIR TML TPA TAR", NULL},
    {NULL, "DII3", 3, "E01", "S30 S100 S500 S1000", NULL},
    {NULL, "DII3", 4, "C02", "OWN EXT BOTH", NULL},
    {NULL, "DII3", 5, "E02",
     "EMAIL OFFICE STORAGE FIN_ACC ERP CRM SEC DBHOST DEVPLAT CPU", NULL},
    {NULL, "DII3", 6, "E02", "FIN_ACC ERP CRM SEC DBHOST DEVPLAT", NULL},
    {NULL, "DII3", 7, "E07", "NETWORK MESSAGE VIDEO BLOG", NULL},
    {NULL, "DII3", 8, "C01", "ERP", NULL},
    {NULL, "DII3", 9, "C01", "CRM", NULL},
    {NULL, "DII3", 10, "E07", "", NULL},
    {NULL, "DII4", 3, "E01", "S30 S100 S500 S1000", NULL},
    {NULL, "DII4", 4, "B01", "EMEET", NULL},
    {NULL, "DII4", 5, "E05", "YES", NULL},
    {NULL, "DII4", 6, "F03", "STAFF", NULL},
    {NULL, "DII4", 7, "E03", "", NULL},
    {NULL, "DII4", 8, "E04", "YES", NULL},
    {NULL, "DII4", 9, "B03", "YES", NULL},
    {NULL, "DII4", 10, "D01", "ROBOT", NULL},
    {NULL, "PARTIAL", 1, "B01", OPS_CODES, NULL},
    {NULL, "PARTIAL", 2, "C01", MGMT_CODES, NULL},
    {NULL, "PARTIAL", 3, "D01", PROD_CODES, NULL},
    {NULL, "PARTIAL", 4, "G01", "MARKET_VN MARKET_INT", NULL},
};
const size_t choice_sets = ENTRIES(choice_table);

const struct relevance_set relevance_table[] = {
    {"B02", "B01", "EOFFICE"},
    {"D02", "D01", PROD_CODES " OTHER"},
    {"G02", "G01", "OWNWEB SOCIAL"},
    {"G03", "G01", "MARKET_VN MARKET_INT"},
    {"G04", "G01", "EDI"},
    {"G05_B2C", "G01", "OWNWEB MARKET_VN MARKET_INT SOCIAL"},
    {"G05_B2B", "G01", "OWNWEB MARKET_VN MARKET_INT SOCIAL"},
    {"G05_B2G", "G01", "OWNWEB MARKET_VN MARKET_INT SOCIAL"},
    {"G06", "G01", "OWNWEB MARKET_VN MARKET_INT SOCIAL EDI"},
    {"G07", "G01", "NONE"},
    {"H03", "H01", "IMPL OPT"},
    {"H07", "H06", "SELF"},
    {"H07_TOOL", "H06", "SELF"},
};
const size_t relevance_sets = ENTRIES(relevance_table);
/* clang-format on */
