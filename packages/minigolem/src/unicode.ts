/** Whether a text is Unicode: one with half of a surrogate pair has no encoding in UTF-8, and changes on its way. */
export const isUnicode = (text: string): boolean => !/\p{Cs}/u.test(text);
