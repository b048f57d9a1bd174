/* SPDX-License-Identifier: Apache-2.0 */
/* Every limit of the wire, in one place. Sizes that come from a peer are compared to one of these
 * before they are used. The same numbers stand in khaosat.proto for strangers. */
#ifndef KHAOSAT_PROTO_LIMITS_H
#define KHAOSAT_PROTO_LIMITS_H

#define PROTO_VERSION 1
#define PROTO_ALPN "\x09khaosat/1" /* within TLS; its length, then the name */
#define HTTP_ALPN "\x08http/1.1"

#define FRAME_HEADER_BYTES 4
#define FRAME_UNIT_MAX_BYTES (128u * 1024) /* before the connection is known as staff's */
#define FRAME_STAFF_MAX_BYTES (4u * 1024 * 1024)
#define FRAME_RESPONSE_MAX_BYTES (8u * 1024 * 1024)

#define ANSWERS_MAX_BYTES (64u * 1024)
#define REGISTER_CHUNK_MAX_ROWS 4096u
#define REGISTER_CHUNK_MAX_BYTES (1024u * 1024)
#define IN_FLIGHT_MAX_PER_SESSION 256u

#define UUID_BYTES 16
#define SHA256_BYTES 32
#define STAFF_TOKEN_BYTES 32
#define CODE_HASH_BYTES 16
#define ROUND_NAME_MAX 32u   /* bytes, without the end */
#define ACCOUNT_NAME_MAX 32u /* bytes, without the end; token names too */
#define ACCOUNTS_MAX 10000u
#define ACCOUNT_TOKENS_MAX 64u
#define TOKEN_ID_BYTES 16 /* the first half of a token */
#define PASSWORD_MIN_CHARS 12u
#define PASSWORD_MAX_CHARS 200u
#define LOGIN_MAX_DAYS 31
#define TOKEN_MAX_DAYS 366
#define SUBCODES_MAX 4u /* of a unit at a time */
#define GRANTS_MAX 4u   /* firms of a unit at a time */
#define GRANTS_PAGE_MAX_UNITS 100u
#define CODE_REASON_MIN_CHARS 3u
#define CODE_REASON_MAX_CHARS 200u
#define CONTACT_FIELD_MAX_CHARS 200u
#define FOLLOWUP_MAX_UNITS 500u
#define PROPOSALS_MAX 100u /* of a unit in a round */
#define PROPOSALS_PAGE_MAX 500u
#define LOG_READ_MAX_ENTRIES 1000u
#define LOG_READ_MAX_BYTES (4u * 1024 * 1024)
#define HISTORY_MAX_ENTRIES 100u

#endif
