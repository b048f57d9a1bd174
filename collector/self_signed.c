/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/self_signed.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SERIAL_BYTES 16
#define DAY_SECONDS (24L * 60 * 60)
#define PATH_BYTES 4096

/* "DNS:localhost,IP:127.0.0.1,...", as the extension is written. */
static void
name_all(const struct sockaddr_storage *address, char *out, size_t room)
{
	char host[65] = "", ip[INET6_ADDRSTRLEN] = "";
	size_t n = (size_t)snprintf(out, room, "DNS:localhost,IP:127.0.0.1,IP:::1");
	if (gethostname(host, sizeof(host) - 1) == 0 && host[0] != '\0' &&
	    strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
		strlen(host))
		n += (size_t)snprintf(out + n, room - n, ",DNS:%s", host);
	if (address->ss_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr,
		    ip, sizeof(ip));
	else if (address->ss_family == AF_INET6)
		inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, ip,
		    sizeof(ip));
	if (ip[0] != '\0')
		snprintf(out + n, room - n, ",IP:%s", ip);
}

static bool
add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, NULL, nid, value);
	bool added = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return added;
}

static bool
set_serial(X509 *certificate)
{
	unsigned char bytes[SERIAL_BYTES];
	BIGNUM *number = NULL;
	if (RAND_bytes(bytes, sizeof(bytes)) == 1) {
		bytes[0] &= 0x7f; /* positive */
		number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	}
	bool set = number != NULL &&
		   BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
	BN_free(number);
	return set;
}

static bool
fill(X509 *certificate, EVP_PKEY *key, const char *names)
{
	X509_NAME *name = X509_get_subject_name(certificate);
	return X509_set_version(certificate, 2) == 1 && set_serial(certificate) &&
	       X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_SECONDS) != NULL &&
	       X509_gmtime_adj(X509_getm_notAfter(certificate), SELF_SIGNED_DAYS * DAY_SECONDS) !=
		   NULL &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
		   (const unsigned char *)"khaosatd, for a trial", -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, name) == 1 &&
	       X509_set_pubkey(certificate, key) == 1 &&
	       add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(certificate, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(certificate, NID_ext_key_usage, "serverAuth") &&
	       add_extension(certificate, NID_subject_alt_name, names) &&
	       X509_sign(certificate, key, EVP_sha256()) > 0;
}

/* A stream on a new file, or NULL with errno. */
static FILE *
new_file(const char *folder, const char *name, mode_t mode, char path[PATH_BYTES])
{
	if (snprintf(path, PATH_BYTES, "%s/%s", folder, name) >= PATH_BYTES) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file == NULL && fd >= 0)
		close(fd);
	return file;
}

static bool
refuse(const char *path, int why, char message[TLS_MESSAGE_BYTES])
{
	snprintf(message, TLS_MESSAGE_BYTES, "--self-signed %.300s: %s", path, strerror(why));
	return false;
}

static bool
write_key(const char *folder, EVP_PKEY *key, char message[TLS_MESSAGE_BYTES])
{
	char path[PATH_BYTES] = "";
	FILE *file = new_file(folder, SELF_SIGNED_KEY, 0600, path);
	if (file == NULL)
		return refuse(path, errno, message);
	bool good = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
	return (fclose(file) == 0 && good) || refuse(path, EIO, message);
}

static bool
write_certificate(const char *folder, X509 *certificate, char message[TLS_MESSAGE_BYTES])
{
	char path[PATH_BYTES] = "";
	FILE *file = new_file(folder, SELF_SIGNED_CERT, 0644, path);
	if (file == NULL)
		return refuse(path, errno, message);
	bool good = PEM_write_X509(file, certificate) == 1;
	return (fclose(file) == 0 && good) || refuse(path, EIO, message);
}

bool
self_signed_make(
    const char *folder, const struct sockaddr_storage *address, char message[TLS_MESSAGE_BYTES])
{
	char names[256];
	if (mkdir(folder, 0700) != 0 && errno != EEXIST)
		return refuse(folder, errno, message);
	name_all(address, names, sizeof(names));
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	bool made = key != NULL && certificate != NULL && fill(certificate, key, names);
	if (!made)
		refuse(folder, ENOMEM, message);
	made = made && write_key(folder, key, message) &&
	       write_certificate(folder, certificate, message);
	X509_free(certificate);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return made;
}
