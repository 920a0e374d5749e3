//! XLSForm workbooks, read into XForm XML.
