/* SPDX-License-Identifier: Apache-2.0 */
/* khaosat submit: JSON files, one CSV file of many units, or the form at the terminal. */
#include <stddef.h>

#include "client/bulk.h"
#include "client/commands.h"
#include "client/interactive.h"
#include "client/submitting.h"

enum submit_option { OPTION_CSV = 0x6000, OPTION_INTERACTIVE };

static const struct option options[] = {
    UNIT_LONG_OPTIONS,
    SUBMITTING_LONG_OPTIONS,
    {"csv", required_argument, NULL, OPTION_CSV},
    {"interactive", no_argument, NULL, OPTION_INTERACTIVE},
    {0},
};

static int
submit_files(struct submitting *s, int n, char **paths)
{
	int result = EXIT_DONE;
	submitting_connect(s);
	for (int i = 0; i < n; i++)
		result = submitting_worse(result, submitting_file(s, paths[i], false));
	return result;
}

static int
run(struct client *client, int argc, char **argv)
{
	struct submitting s = {.client = client};
	const char *csv = NULL;
	bool interactive = false;
	int option;
	while ((option = client_option(client, argc, argv, options)) != -1) {
		if (option == OPTION_CSV)
			csv = optarg;
		else if (option == OPTION_INTERACTIVE)
			interactive = true;
		else if (option == '?' || !submitting_take(&s, option, optarg))
			return EXIT_USAGE;
	}
	int files = argc - optind;
	if ((csv != NULL) + interactive + (files > 0) != 1)
		return client_usage(client, &command_submit, "%s",
		    client_say(client, "cần một trong ba: tệp JSON, --csv FILE, --interactive",
			"one of these is needed: JSON files, --csv FILE, --interactive"));
	int result;
	if (csv != NULL)
		result = bulk_run(&s, csv);
	else if (interactive)
		result = interactive_run(&s);
	else
		result = submit_files(&s, files, argv + optind);
	submitting_clear(&s);
	return result;
}

const struct command command_submit = {
    .name = "submit",
    .usage = "[--round R] [--unit TAX] FILE.json... | --csv FILE --round R | --interactive "
	     "[--round R] [--unit TAX]",
    .summary_vi =
	"gửi câu trả lời: từ tệp, từ CSV nhiều đơn vị, hoặc trả lời ngay tại đây\n\n"
	"Mỗi câu trả lời được nhận để lại một biên nhận trong receipts/ (xem: khaosat receipt); "
	"với\n"
	"--csv là một dòng trong một tệp .jsonl. Chưa kết nối được: tệp JSON được giữ trong "
	"spool/\n"
	"để khaosat send gửi sau; tệp CSV thì chạy lại, dòng đã nhận không bị tính hai lần.\n"
	"\n"
	"Tệp JSON: {\"round\", \"tax_code\", \"access_code\", \"answers\": {\"B01\": "
	"[\"EOFFICE\"], ...},\n"
	"  \"confirmed\": {\"ES03\": \"lý do\"}, \"seconds\": 640, \"instance_id\", \"corrects\"}\n"
	"Cột CSV: tax_code, access_code (cán bộ, đơn vị kế toán không cần), mã câu hỏi (nhiều lựa "
	"chọn cách nhau "
	"bằng\n"
	"  dấu cách, ; hay |; DK = không biết), B01.other, confirm.ES03, seconds, instance_id, "
	"corrects.\n"
	"  Dòng bị từ chối được ghi vào FILE.rejected.csv kèm lý do; sửa rồi gửi chính tệp đó.\n"
	"\n"
	"Cán bộ nhập thay đơn vị: --channel office, paper (phiếu giấy) hoặc phone (điện thoại).",
    .summary_en =
	"send answers: from files, from a CSV of many units, or typed in here\n\n"
	"Every accepted submission leaves a receipt in receipts/ (see khaosat receipt); with --csv "
	"it\n"
	"is a line of one .jsonl file. When the collector cannot be reached, a JSON file is kept "
	"in\n"
	"spool/ for khaosat send; a CSV file is run again, and nothing is counted twice.\n"
	"\n"
	"JSON file: {\"round\", \"tax_code\", \"access_code\", \"answers\": {\"B01\": "
	"[\"EOFFICE\"], ...},\n"
	"  \"confirmed\": {\"ES03\": \"reason\"}, \"seconds\": 640, \"instance_id\", "
	"\"corrects\"}\n"
	"CSV columns: tax_code, access_code (not for staff and accounting firms), question codes "
	"(several choices apart "
	"by\n"
	"  blanks, ; or |; DK = don't know), B01.other, confirm.ES03, seconds, instance_id, "
	"corrects.\n"
	"  Refused rows go to FILE.rejected.csv with the reason; mend them and submit that file.\n"
	"\n"
	"Staff who type in for a unit: --channel office, paper or phone.",
    .run = run,
};
