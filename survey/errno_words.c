/* SPDX-License-Identifier: Apache-2.0 */
#include "survey/errno_words.h"

#include <errno.h>
#include <stddef.h>

const char *
errno_words_vi(int error)
{
	static const struct {
		int error;
		const char *vi;
	} known[] = {
	    {ENOENT, "không có tệp hoặc thư mục này"},
	    {EACCES, "không có quyền truy cập"},
	    {EPERM, "không được phép"},
	    {EISDIR, "là thư mục, không phải tệp"},
	    {ENOTDIR, "một phần của đường dẫn không phải thư mục"},
	    {EEXIST, "đã có"},
	    {ENOSPC, "đĩa đã đầy"},
	    {EDQUOT, "đã hết hạn mức đĩa"},
	    {EROFS, "đĩa chỉ cho đọc"},
	    {EFBIG, "tệp quá lớn"},
	    {EIO, "lỗi đọc, ghi đĩa"},
	    {EMFILE, "mở quá nhiều tệp"},
	    {ENAMETOOLONG, "tên quá dài"},
	    {ENOMEM, "hết bộ nhớ"},
	    {EINVAL, "giá trị không hợp lệ"},
	    {EBADMSG, "nội dung không đọc được"},
	    {ECONNREFUSED, "không có máy chủ nào nhận kết nối ở địa chỉ này"},
	    {ECONNRESET, "kết nối bị ngắt"},
	    {ETIMEDOUT, "hết thời gian chờ"},
	    {EHOSTUNREACH, "không có đường mạng đến máy này"},
	    {ENETUNREACH, "không có mạng"},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].error == error)
			return known[i].vi;
	return NULL;
}
